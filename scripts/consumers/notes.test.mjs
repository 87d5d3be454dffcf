import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { TenantEntity } from 'nestjs-rowguard';
import { expectQueries, factory, useTestDatabase } from 'nestjs-rowguard/testing';
import { Column, Entity } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

class Note extends TenantEntity {}
Column({ type: 'text' })(Note.prototype, 'text');
Entity({ name: 'notes' })(Note);

Logger.overrideLogger(['error', 'warn']);
const hooks = { afterAll, afterEach, beforeAll, beforeEach };
const database = useTestDatabase({ entities: [Note] }, hooks);

async function notesAfterOneMore() {
  const db = database();
  await db.asTenant(async () => {
    await factory(db, Note).create();
    expect(await expectQueries(db, 1, () => db.repository(Note).count())).toBe(1);
  });
  return db.asSystem(() => db.repository(Note).count());
}

test.each(['one', 'two', 'three'])('%s finds only what it has written', async (name) => {
  const isToFail = name === 'two' && process.env.FAILS === '1';
  expect(await notesAfterOneMore()).toBe(isToFail ? 2 : 1);
});

/** Where tests have fixtures, Vitest reads the parameters of hooks. */
const withNumber = test.extend({ number: 1 });
withNumber('one with fixtures finds only what it has written', async ({ number }) => {
  expect(await notesAfterOneMore()).toBe(number);
});
