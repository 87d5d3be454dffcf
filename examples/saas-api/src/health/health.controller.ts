import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { DatabaseHealthIndicator, Tenantless } from 'nestjs-rowguard';

@ApiTags('health')
@Controller('health')
@Tenantless('a load balancer asks, which belongs to no tenant')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseHealthIndicator,
  ) {}

  /** Whether requests should come here. */
  @Get()
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.database.readiness()]);
  }

  /** Whether this process should be replaced; no failure of the database is mended by that. */
  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([() => this.database.liveness()]);
  }
}
