import { type DynamicModule, Module, ValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE, ModuleRef } from '@nestjs/core';
import { DatabaseErrorFilter, DatabaseModule, type DatabaseModuleOptions } from 'nestjs-rowguard';
import { CustomersModule } from './customers/customers.module.js';
import { DemoModule } from './demo/demo.module.js';
import { HealthModule } from './health/health.module.js';
import { InvoicesModule } from './invoices/invoices.module.js';
import { ProblemFilter } from './problem.filter.js';
import { fromTenantHeader } from './tenants/tenant-header.resolver.js';
import { TenantsModule } from './tenants/tenants.module.js';

@Module({})
export class AppModule {
  static on(database: DatabaseModuleOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRootAsync({
          inject: [ModuleRef],
          useFactory: (modules: ModuleRef) => ({
            ...database,
            tenancy: { resolve: fromTenantHeader(modules) },
          }),
        }),
        TenantsModule,
        CustomersModule,
        InvoicesModule,
        DemoModule,
        HealthModule,
      ],
      providers: [
        // The last one is asked first, and takes the errors of the database module.
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_FILTER, useClass: DatabaseErrorFilter },
        {
          provide: APP_PIPE,
          useValue: new ValidationPipe({
            transform: true,
            whitelist: true,
            forbidNonWhitelisted: true,
            errorHttpStatusCode: 422,
          }),
        },
      ],
    };
  }
}
