import assert from 'node:assert/strict';
import 'reflect-metadata';
import { TenantContext, TenantEntity, TenantRepository, createDataSource } from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';

// Without a compiler a decorator is a function.
class Note extends TenantEntity {}
Column({ type: 'text' })(Note.prototype, 'text');
Entity({ name: 'notes' })(Note);

const ACME = '0190a000-0000-7000-8000-00000000000a';
const GLOBEX = '0190b000-0000-7000-8000-00000000000b';

const source = createDataSource({ embedded: 'memory', entities: [Note] });
await source.initialize();
const notes = new TenantRepository(Note, source);
await TenantContext.run({ tenantId: ACME }, () => notes.save({ text: 'ours' }));
assert.equal(await TenantContext.run({ tenantId: ACME }, () => notes.count()), 1);
assert.equal(await TenantContext.run({ tenantId: GLOBEX }, () => notes.count()), 0);
await source.destroy();
