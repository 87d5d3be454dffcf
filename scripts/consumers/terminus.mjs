import assert from 'node:assert/strict';
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { DatabaseHealthIndicator, DatabaseModule } from 'nestjs-rowguard';

/** The same answer under each version of Terminus, in the words that the version has. */
class App {}
const backup = { lastAt: () => undefined };
Module({
  imports: [TerminusModule, DatabaseModule.forRoot({ embedded: 'memory', health: { backup } })],
})(App);

const app = await NestFactory.createApplicationContext(App, { logger: ['error', 'warn'] });
const database = app.get(DatabaseHealthIndicator);
const terminus = app.get(HealthCheckService, { strict: false });

const alive = await terminus.check([() => database.liveness()]);
assert.deepEqual(alive.details, { database: { status: 'up' } });

const manifest = JSON.parse(readFileSync('node_modules/@nestjs/terminus/package.json', 'utf8'));
const hasThirdWord = Number(manifest.version.split('.')[0]) >= 12;
const { status, details } = await terminus.check([() => database.isHealthy()]);
assert.equal(status, hasThirdWord ? 'degraded' : 'ok');
assert.equal(details.database.status, hasThirdWord ? 'degraded' : 'up');
assert.equal(details.database.degraded, true);
assert.deepEqual(details.database.reasons, ['backup-unknown']);

await app.close();
await assert.rejects(terminus.check([() => database.isHealthy()]));
