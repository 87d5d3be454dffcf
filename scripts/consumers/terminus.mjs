import assert from 'node:assert/strict';
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { DatabaseHealthIndicator, DatabaseModule, Tenantless } from 'nestjs-rowguard';
import { DataSource } from 'typeorm';

/** The controller of docs/health.md, without decorators, which JavaScript does not have yet. */
class HealthController {
  constructor(health, database) {
    Object.assign(this, { health, database });
  }
  ready() {
    return this.health.check([() => this.database.readiness()]);
  }
  live() {
    return this.health.check([() => this.database.liveness()]);
  }
}
Controller('health')(HealthController);
Tenantless('a load balancer asks, which belongs to no tenant')(HealthController);
Inject(HealthCheckService)(HealthController, undefined, 0);
Inject(DatabaseHealthIndicator)(HealthController, undefined, 1);
for (const [name, path] of [
  ['ready', ''],
  ['live', 'live'],
]) {
  const descriptor = Object.getOwnPropertyDescriptor(HealthController.prototype, name);
  Get(path)(HealthController.prototype, name, descriptor);
  HealthCheck()(HealthController.prototype, name, descriptor);
}

/** The same answers under each version of Terminus, in the words that the version has. */
class App {}
const health = { backup: { lastAt: () => undefined }, cacheMs: 0 };
Module({
  imports: [
    TerminusModule.forRoot({ logger: false }),
    DatabaseModule.forRoot({ embedded: 'memory', health }),
  ],
  controllers: [HealthController],
})(App);

const app = await NestFactory.create(App, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
async function asked(path) {
  const answer = await fetch(`${url}${path}`);
  return { code: answer.status, ...(await answer.json()) };
}

const alive = { code: 200, status: 'ok', details: { database: { status: 'up' } } };
const manifest = JSON.parse(readFileSync('node_modules/@nestjs/terminus/package.json', 'utf8'));
const hasThirdWord = Number(manifest.version.split('.')[0]) >= 12;

const { code, status, details } = await asked('/health');
assert.deepEqual([code, status], [200, hasThirdWord ? 'degraded' : 'ok']);
assert.equal(details.database.status, hasThirdWord ? 'degraded' : 'up');
assert.equal(details.database.degraded, true);
assert.deepEqual(details.database.reasons, ['backup-unknown']);
assertHolds(await asked('/health/live'), alive);

await app.get(DataSource).destroy();
const down = await asked('/health');
assert.deepEqual([down.code, down.status], [503, 'error']);
assert.deepEqual(down.error.database, {
  status: 'down',
  reasons: ['not-open'],
  message: 'The data source is not open',
});
assertHolds(await asked('/health/live'), alive);
await app.close();

function assertHolds(found, wanted) {
  assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, found[key]])), wanted);
}
