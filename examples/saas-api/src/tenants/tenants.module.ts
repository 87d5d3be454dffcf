import { Module } from '@nestjs/common';
import { DatabaseModule } from 'nestjs-rowguard';
import { TenantDirectory } from './tenant-directory.js';
import { Tenant } from './tenant.entity.js';

const feature = DatabaseModule.forFeature([Tenant]);

@Module({
  imports: [feature],
  providers: [TenantDirectory],
  exports: [feature, TenantDirectory],
})
export class TenantsModule {}
