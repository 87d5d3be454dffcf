import { UseInterceptors } from '@nestjs/common';
import { TenantInterceptor } from './tenant.interceptor.js';

/**
 * For WebSocket gateways and other handlers that Nest does not run its global interceptors on:
 * opens the tenant context of each message.
 */
export function TenantScoped(): ClassDecorator & MethodDecorator {
  return UseInterceptors(TenantInterceptor);
}
