import { type RowguardDataSource, TenantContext, createDataSource } from 'nestjs-rowguard';
import { ScratchDatabase } from './scratch-database.js';
import { ACME, Customer, GLOBEX, SHOP } from './shop.js';

/** As in production, in a hundredth of the time. */
const QUICK = { freshMs: 100, staleMs: 400, knownSeconds: 0.4 };

/** Two instances of an application with a plain login, over one database. */
export class TwoInstances {
  private constructor(
    readonly database: ScratchDatabase,
    readonly instances: readonly [RowguardDataSource, RowguardDataSource],
  ) {}

  static async open(): Promise<TwoInstances> {
    const database = await ScratchDatabase.create();
    const login = await database.createLogin();
    const make = () =>
      createDataSource({
        url: login.url,
        adminUrl: database.url,
        entities: SHOP,
        tenancy: { signed: true },
        pool: { max: 4 },
      });
    const instances = [make(), make()] as const;
    // At once: they have to agree on one key.
    await Promise.all(instances.map((source) => source.initialize()));
    for (const tenantId of [ACME, GLOBEX]) {
      await TenantContext.run({ tenantId }, () =>
        instances[0].manager.insert(Customer, { email: 'one' }),
      );
    }
    return new TwoInstances(database, instances);
  }

  hurry(): void {
    for (const { plan } of this.instances) Object.assign(plan.signer ?? {}, { periods: QUICK });
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((source) => source.destroy()));
    await this.database.drop();
  }
}

export interface Traffic {
  readonly statements: number;
  readonly errors: readonly string[];
  readonly foreign: number;
}

/** Bare statements and transactions of both tenants on both instances, until the work is done. */
export async function underTraffic(
  { instances }: TwoInstances,
  work: () => Promise<unknown>,
): Promise<Traffic> {
  const errors: string[] = [];
  let [statements, foreign] = [0, 0];
  const over = new AbortController();
  const read = async (source: RowguardDataSource, tenantId: string) => {
    const rows = await source.query<{ tenant_id: string }[]>('select tenant_id from customers');
    statements++;
    if (rows.length === 0) errors.push('no rows of its own');
    foreign += rows.filter((row) => row.tenant_id !== tenantId).length;
  };
  const customer = async (source: RowguardDataSource, tenantId: string, inTransaction: boolean) => {
    while (!over.signal.aborted) {
      await TenantContext.run({ tenantId }, () =>
        inTransaction
          ? source.transaction('REPEATABLE READ', async () => {
              await read(source, tenantId);
              await new Promise((resolve) => setTimeout(resolve, 30));
              await read(source, tenantId);
            })
          : read(source, tenantId),
      ).catch(async (error: Error) => {
        errors.push(error.message);
        await pause(1);
      });
    }
  };
  const customers = instances.flatMap((source) =>
    [ACME, GLOBEX].flatMap((tenantId) => [
      customer(source, tenantId, true),
      customer(source, tenantId, false),
    ]),
  );
  await work().finally(() => over.abort());
  await Promise.all(customers);
  return { statements, errors, foreign };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
