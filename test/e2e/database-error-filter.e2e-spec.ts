import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Delete,
  Get,
  type INestApplication,
  Param,
  Patch,
  Post,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { IsEmail, Length, Max } from 'class-validator';
import {
  AccessDeniedError,
  AttestationError,
  DatabaseErrorFilter,
  DatabaseModule,
  type HttpProblem,
  InjectTenantRepository,
  LimitReachedError,
  Rule,
  TenantEntity,
  TenantManyToOne,
  TenantRepository,
  TransitionRefusedError,
  UniqueActive,
  fromHeader,
} from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';
import { ACME, GLOBEX } from '../support/shop.js';
import { HttpClient } from './http-client.js';

const nothing = (): void => undefined;
const SILENT = { log: nothing, error: nothing, warn: nothing };
const CANARY = 'canary-1913';
const MISSING = '0190f000-0000-7000-8000-000000000000';
const THROWN = {
  denied: AccessDeniedError,
  limit: LimitReachedError,
  state: TransitionRefusedError,
  inside: AttestationError,
};

@Entity({ name: 'guests' })
@Rule('seats are at most 10 for everybody', '"seats" <= 10')
class Guest extends TenantEntity {
  @Length(2, 20)
  @Column({ type: 'text' })
  name!: string;

  @UniqueActive()
  @IsEmail()
  @Column({ type: 'text' })
  email!: string;

  @Max(100)
  @Column({ type: 'integer' })
  seats!: number;

  @TenantManyToOne(() => Guest, { onDelete: 'RESTRICT' })
  host!: Guest | null;

  hostId!: string | null;
}

/** As careless as can be: what the caller says goes to the database. */
@Controller('guests')
class GuestsController {
  constructor(@InjectTenantRepository(Guest) private readonly guests: TenantRepository<Guest>) {}

  @Post()
  create(@Body() body: object): Promise<Guest> {
    return this.guests.save(this.guests.create(body));
  }

  @Patch(':id')
  async change(@Param('id') id: string, @Body() body: object): Promise<Guest> {
    return this.guests.save(this.guests.merge(await this.guests.getById(id), body));
  }

  @Delete(':id')
  async remove(@Param('id') id: string): Promise<void> {
    await this.guests.hardDelete((await this.guests.getById(id)).id);
  }

  @Get('thrown/:what')
  throwOne(@Param('what') what: keyof typeof THROWN): never {
    throw new THROWN[what]({ problem: `${CANARY} problem`, mend: CANARY });
  }
}

type Answer = HttpProblem & { id: string };

describe.each(['Express', 'Fastify'] as const)('errors of the database over HTTP, on %s', (on) => {
  let app: INestApplication;
  let http: HttpClient;
  const call = (
    tenant: string,
    method: 'POST' | 'PATCH' | 'DELETE' | 'GET',
    path = '',
    body?: object,
  ) =>
    http.call<Answer>(`/guests${path}`, {
      method,
      headers: { 'x-tenant': tenant },
      ...(body ? { body } : {}),
    });
  const guest = (email: string, more: object = {}) => ({ name: 'Ann', email, seats: 1, ...more });

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [
        DatabaseModule.forRoot({
          embedded: 'memory',
          entities: [Guest],
          tenancy: { resolve: fromHeader('x-tenant') },
        }),
        DatabaseModule.forFeature([Guest]),
      ],
      controllers: [GuestsController],
      providers: [{ provide: APP_FILTER, useClass: DatabaseErrorFilter }],
    })
      .setLogger(SILENT)
      .compile();
    app =
      on === 'Fastify'
        ? module.createNestApplication(new FastifyAdapter())
        : module.createNestApplication();
    http = await HttpClient.start(app);
  });
  afterAll(() => app.close());

  it('answers one 422 with every bad field of a body', async () => {
    const answer = await call(ACME, 'POST', '', { name: CANARY.repeat(9), email: CANARY });

    expect(answer.status).toBe(422);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'Unprocessable Entity',
      status: 422,
      code: 'ROWGUARD_VALIDATION_FAILED',
      detail: 'The request holds values that cannot be; see fields',
      fields: [
        { field: 'name', problems: ['name must be shorter than or equal to 20 characters'] },
        { field: 'email', problems: ['email must be an email'] },
        { field: 'seats', problems: ['seats is required'] },
      ],
    });
    expect(JSON.stringify(answer)).not.toContain(CANARY);
  });

  it('answers 422 to a bad change, and changes nothing', async () => {
    const { body } = await call(ACME, 'POST', '', guest('change@a.example'));

    const answer = await call(ACME, 'PATCH', `/${body.id}`, { email: 'x', seats: 1_000 });

    expect(answer.status).toBe(422);
    expect(answer.body.fields?.map((one) => one.field)).toEqual(['email', 'seats']);
  });

  it('answers 409 to a value that another row of the tenant has, and only then', async () => {
    const email = `${CANARY}@a.example`;
    await call(ACME, 'POST', '', guest(email));

    const twice = await call(ACME, 'POST', '', guest(email));
    const elsewhere = await call(GLOBEX, 'POST', '', guest(email));

    expect(twice.status).toBe(409);
    expect(twice.body).toMatchObject({
      code: 'ROWGUARD_UNIQUE_VIOLATION',
      fields: [{ field: 'email', problems: ['another living Guest of the tenant has this email'] }],
    });
    expect(JSON.stringify(twice)).not.toContain(CANARY);
    expect(elsewhere.status).toBe(201);
  });

  it('answers 404 to the id of another tenant, exactly as to one that is not there', async () => {
    const { body } = await call(ACME, 'POST', '', guest('theirs@a.example'));

    for (const method of ['PATCH', 'DELETE'] as const) {
      const change = method === 'PATCH' ? { name: 'Bob' } : undefined;
      const foreign = await call(GLOBEX, method, `/${body.id}`, change);
      const missing = await call(GLOBEX, method, `/${MISSING}`, change);

      expect(foreign.status).toBe(404);
      expect(foreign).toEqual(missing);
    }
  });

  it('answers 422 to a reference to a row of another tenant, exactly as to one that is not there', async () => {
    const { body } = await call(ACME, 'POST', '', guest('host@a.example'));

    const foreign = await call(GLOBEX, 'POST', '', guest('g1@a.example', { hostId: body.id }));
    const missing = await call(GLOBEX, 'POST', '', guest('g2@a.example', { hostId: MISSING }));

    expect(foreign.status).toBe(422);
    expect(foreign.body.code).toBe('ROWGUARD_REFERENCE_MISSING');
    expect(foreign).toEqual(missing);
  });

  it('answers 409 where others still refer to what is to be deleted, and 422 to a broken rule', async () => {
    const host = await call(ACME, 'POST', '', guest('h@a.example'));
    await call(ACME, 'POST', '', guest('v@a.example', { hostId: host.body.id }));

    const removed = await call(ACME, 'DELETE', `/${host.body.id}`);
    const broken = await call(ACME, 'POST', '', guest('many@a.example', { seats: 11 }));

    expect([removed.status, removed.body.code]).toEqual([409, 'ROWGUARD_ROW_REFERENCED']);
    expect([broken.status, broken.body.code]).toEqual([422, 'ROWGUARD_CHECK_VIOLATION']);
    expect(broken.body.fields).toEqual([
      { field: 'seats', problems: ['seats are at most 10 for everybody'] },
    ]);
  });

  it.each([
    ['denied', 403, 'ROWGUARD_ACCESS_DENIED'],
    ['limit', 429, 'ROWGUARD_LIMIT_REACHED'],
    ['state', 409, 'ROWGUARD_TRANSITION_REFUSED'],
    ['inside', 500, undefined],
  ])(
    'answers by the kind of the error, and tells nothing of the inside: %s',
    async (what, status, code) => {
      const answer = await call(ACME, 'GET', `/thrown/${what}`);

      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(JSON.stringify(answer)).not.toContain(CANARY);
    },
  );

  it('answers 400 to an id that is none, and leaves what is no error of the database to Nest', async () => {
    const noId = await call(ACME, 'DELETE', '/nobody');
    const noRoute = await http.call<object>('/nowhere', { headers: { 'x-tenant': ACME } });

    expect([noId.status, noId.body.code]).toEqual([400, 'ROWGUARD_INPUT_INVALID']);
    expect(noRoute.status).toBe(404);
    expect(noRoute.body).toMatchObject({ message: 'Cannot GET /nowhere', statusCode: 404 });
  });
});
