import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { DatabaseModuleOptions } from 'nestjs-rowguard';
import { AppModule } from './app.module.js';
import { QuietLogger } from './quiet.logger.js';
import { TENANT_HEADER } from './tenants/tenant-header.resolver.js';

export interface AppOptions {
  /** Left empty, DATABASE_URL decides, and without it the embedded engine runs. */
  readonly database?: DatabaseModuleOptions;
  readonly logger?: LoggerService | false;
}

/** The application, not listening yet. Tests hand in the database that they brought. */
export async function createApp(options: AppOptions = {}): Promise<NestExpressApplication> {
  const { database = {}, logger = new QuietLogger() } = options;
  const app = await NestFactory.create<NestExpressApplication>(AppModule.on(database), {
    abortOnError: false,
    forceCloseConnections: true,
    logger,
  });
  app.disable('x-powered-by');
  // Ends with status 0, and with the database closed; the default would end by the signal.
  app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true });
  describe(app);
  return app;
}

function describe(app: NestExpressApplication): void {
  const document = new DocumentBuilder()
    .setTitle('Invoices')
    .setDescription('Every tenant sees its own rows, and nothing tells of the others.')
    .setVersion('1.0')
    .addApiKey({ type: 'apiKey', in: 'header', name: TENANT_HEADER }, 'tenant')
    .addSecurityRequirements('tenant')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, document));
}
