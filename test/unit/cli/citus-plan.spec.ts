import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cli } from '../../support/cli-run.js';

const BAD_FILE = join(process.cwd(), 'test/unit/cli/fixtures/not-for-citus.ts');

interface Answer {
  readonly data: { readonly tables: readonly { readonly table: string; readonly kind: string }[] };
  readonly findings: readonly { readonly rule: string; readonly subject: string }[];
}

const answerOf = async (...words: string[]): Promise<Answer> =>
  JSON.parse((await cli(['citus:plan', '--json', ...words])).stdout) as Answer;

describe('rowguard citus:plan', () => {
  it('spreads tenant tables, copies shared ones, and leaves views alone', async () => {
    const { tables } = (await answerOf()).data;
    const kindOf = (name: string) => tables.find((one) => one.table === name)?.kind;

    expect(kindOf('invoices')).toBe('distributed');
    expect(kindOf('users')).toBe('reference');
    expect(kindOf('daily_usage')).toBe('left');
  });

  it('names nothing of the shipped schema but its triggers', async () => {
    const { findings } = await answerOf();

    expect([...new Set(findings.map((one) => one.rule))]).toEqual(['citus-trigger']);
    expect(findings.map((one) => one.subject)).toContain('public.invoices');
  });

  it('puts what is referred to before what refers to it', async () => {
    const { stdout } = await cli(['citus', 'plan', '--sql']);
    const at = (table: string) => stdout.indexOf(`'"public"."${table}"'`);

    expect(stdout).toContain(
      `SELECT create_distributed_table('"public"."invoices"', 'tenant_id', colocate_with => '"public"."memberships"');`,
    );
    expect(at('subscription_plans')).toBeLessThan(at('subscriptions'));
    expect(at('invoices')).toBeLessThan(at('invoice_line_items'));
  });

  it('names what an entity of the application asks that Citus refuses', async () => {
    const { exitCode, stdout } = await cli(['citus:plan', '--json', '-d', BAD_FILE]);
    const { findings } = JSON.parse(stdout) as Answer;

    expect(exitCode).toBe(3);
    expect(findings.map(({ rule, subject }) => `${rule} ${subject}`).toSorted()).toEqual([
      'citus-shared-reference public.catalogs',
      'citus-unique public.parcels',
    ]);
  });
});
