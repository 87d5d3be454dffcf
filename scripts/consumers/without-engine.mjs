import assert from 'node:assert/strict';
import 'reflect-metadata';
import { EmbeddedEngineError, createDataSource } from 'nestjs-rowguard';

// Installed with --omit=optional, and told of no server: the answer says what to do.
await assert.rejects(createDataSource({}).initialize(), (error) => {
  assert.ok(error instanceof EmbeddedEngineError);
  assert.match(error.message, /Set DATABASE_URL/);
  return true;
});
