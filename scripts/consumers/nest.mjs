import assert from 'node:assert/strict';
import 'reflect-metadata';
import { Controller, Get, Injectable, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  DatabaseModule,
  InjectTenantRepository,
  TenantEntity,
  TenantRepository,
  fromHeader,
} from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';

class Note extends TenantEntity {}
Column({ type: 'text' })(Note.prototype, 'text');
Entity({ name: 'notes' })(Note);

class Notes {
  constructor(notes) {
    this.notes = notes;
  }
  count() {
    return this.notes.count();
  }
  add() {
    return this.notes.save({ text: 'ours' });
  }
}
Reflect.defineMetadata('design:paramtypes', [TenantRepository], Notes);
InjectTenantRepository(Note)(Notes, undefined, 0);
method(Get(), 'count');
method(Post(), 'add');
Controller('notes')(Notes);
Injectable()(Notes);

class App {}
Module({
  imports: [
    DatabaseModule.forRoot({
      embedded: 'memory',
      entities: [Note],
      tenancy: { resolve: fromHeader() },
    }),
  ],
  controllers: [Notes],
})(App);

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
const url = `http://127.0.0.1:${app.getHttpServer().address().port}/notes`;
assert.equal((await as('a', 'POST')).status, 201);
assert.equal(await (await as('a', 'GET')).text(), '1');
assert.equal(await (await as('b', 'GET')).text(), '0');
await app.close();

function as(tenant, verb) {
  const headers = { 'x-tenant-id': `0190${tenant}000-0000-7000-8000-00000000000${tenant}` };
  return fetch(url, { method: verb, headers });
}

function method(decorator, name) {
  decorator(Notes.prototype, name, Object.getOwnPropertyDescriptor(Notes.prototype, name));
}
