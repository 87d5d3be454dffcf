import assert from 'node:assert/strict';
import 'reflect-metadata';
import { betterAuth } from 'better-auth';
import { createDataSource } from 'nestjs-rowguard';
import { authDatabase, authTables } from 'nestjs-rowguard/better-auth';

// Somebody signs up on the shipped tables, and signs in.
const ORIGIN = 'http://localhost:3000';
const person = { name: 'Bea', email: 'bea@acme.example', password: 'correct horse battery' };

const source = createDataSource({ embedded: 'memory', schema: ['content'] });
await source.initialize();
const auth = betterAuth({
  ...authTables,
  database: authDatabase(source),
  secret: 'a secret of a consumer, long enough to be one',
  baseURL: ORIGIN,
  telemetry: { enabled: false },
});
assert.equal((await send('/sign-up/email', person)).status, 200);
const signedIn = await send('/sign-in/email', person);
assert.equal(signedIn.status, 200);
assert.equal((await signedIn.json()).user.email, person.email);
assert.equal((await send('/sign-in/email', { ...person, password: 'wrong password' })).status, 401);
await source.destroy();

function send(path, body) {
  return auth.handler(
    new Request(`${ORIGIN}/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: ORIGIN },
      body: JSON.stringify(body),
    }),
  );
}
