import { type RowguardDataSource, TenantContext, TenantRepository } from 'nestjs-rowguard';
import { Category, Customer, Folder, Invoice, Label, Letter } from '../shop.js';
import { TENANTS, canaryOf } from './kinds.js';

const ROWS = 6;

/** The same rows for every tenant, apart from the word that tells whose they are. */
export async function plantFixture(source: RowguardDataSource): Promise<void> {
  for (const tenantId of TENANTS) {
    await TenantContext.run({ tenantId }, () => plant(source, canaryOf(tenantId)));
  }
}

async function plant(source: RowguardDataSource, canary: string): Promise<void> {
  const say = (what: string, at: number) => `${canary} ${what} ${at}`;
  const numbers = Array.from({ length: ROWS }, (_, at) => at);
  const marks = (at: number) => ({ deletedBy: say('deleter', at) });

  const customers = await new TenantRepository(Customer, source).insertMany(
    numbers.map((at) => ({ email: say('email', at), note: say('note', at), ...marks(at) })),
  );
  const labels = await new TenantRepository(Label, source).insertMany(
    numbers.map((at) => ({ name: say('label', at), ...marks(at) })),
  );
  const invoices = await new TenantRepository(Invoice, source).insertMany(
    numbers.map((at) => ({
      number: say('number', at),
      total: `${at * 10 + 1}.50`,
      customerId: customers[at % 4]?.id ?? null,
      ...marks(at),
    })),
  );
  await new TenantRepository(Letter, source).insertMany(
    numbers.map((at) => ({
      body: say('body', at),
      customer: { id: customers[at % 3]?.id as string },
      ...marks(at),
    })),
  );
  for (const [at, invoice] of invoices.entries()) {
    await source
      .createQueryBuilder()
      .relation(Invoice, 'labels')
      .of(invoice.id)
      .add([labels[at]?.id, labels[(at + 1) % ROWS]?.id]);
  }
  await plantTree(source, Folder, (at) => say('folder', at));
  await plantTree(source, Category, (at) => say('category', at), source.walls.policies);
  // Some rows are in the bin from the start, for what looks there.
  await new TenantRepository(Letter, source).softDelete({ body: say('body', ROWS - 1) });
  await new TenantRepository(Customer, source).softDelete({ email: say('email', ROWS - 1) });
}

/** Nested sets are moved by raw SQL, which is refused where row-level security is off. */
async function plantTree(
  source: RowguardDataSource,
  entity: typeof Folder | typeof Category,
  nameOf: (at: number) => string,
  possible = true,
): Promise<void> {
  if (!possible) return;
  const trees = source.getTreeRepository<Folder>(entity as typeof Folder);
  const top = await trees.save({ name: nameOf(0), deletedBy: nameOf(0) });
  const middle = await trees.save({ name: nameOf(1), deletedBy: nameOf(1), parent: top });
  await trees.save({ name: nameOf(2), deletedBy: nameOf(2), parent: middle });
  await trees.save({ name: nameOf(3), deletedBy: nameOf(3), parent: top });
}
