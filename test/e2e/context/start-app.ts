import type { INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';
import { ErrorNameFilter } from './error-name.filter.js';

export const PLATFORMS = ['Express', 'Fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

const nothing = (): void => undefined;
const SILENT: LoggerService = { log: nothing, error: nothing, warn: nothing };

export function compile(metadata: ModuleMetadata): Promise<TestingModule> {
  const errors = { provide: APP_FILTER, useClass: ErrorNameFilter };
  const providers = [...(metadata.providers ?? []), errors];
  return Test.createTestingModule({ ...metadata, providers })
    .setLogger(SILENT)
    .compile();
}

export async function createApp(
  metadata: ModuleMetadata,
  platform: Platform = 'Express',
): Promise<INestApplication> {
  const module = await compile(metadata);
  return platform === 'Fastify'
    ? module.createNestApplication(new FastifyAdapter())
    : module.createNestApplication();
}
