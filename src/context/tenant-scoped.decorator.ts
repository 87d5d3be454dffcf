import { UseInterceptors } from '@nestjs/common';
import { TenantInterceptor } from './tenant.interceptor.js';

/**
 * Opens the tenant context for handlers that Nest does not run its global interceptors on: those of
 * microservices in a hybrid application, and gateways before NestJS 12.
 */
export function TenantScoped(): ClassDecorator & MethodDecorator {
  return UseInterceptors(TenantInterceptor);
}
