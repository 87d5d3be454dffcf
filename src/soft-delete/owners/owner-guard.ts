import type { EntityMetadata } from 'typeorm';
import { AttestationError } from '../../errors/attestation.error.js';
import type { Finding } from '../../schema/finding.js';
import { type RunSql, quoteName } from '../../schema/sql.js';
import { type DeletePlan, binds, isSameTable } from '../delete-plan.js';
import {
  type LiveOwnerFunction,
  type LiveOwnerTrigger,
  type LiveOwnerTriggers,
  readLiveOwnerTriggers,
} from './live-owner-triggers.js';
import { OwnerGuardedTable } from './owner-guarded-table.js';

const MOST_SHOWN = 5;

/**
 * Has the database refuse living rows below a deleted owner, whoever writes them. A deletion locks its
 * rows, so that a row that is written at the same time is either seen by it, or sees it here.
 */
export class OwnerGuard {
  private readonly guarded: readonly OwnerGuardedTable[];
  private readonly schemas: readonly string[];

  constructor(
    private readonly run: RunSql,
    plan: DeletePlan,
    /** Every entity that is known here: triggers of other tables are none of our business. */
    private readonly known: readonly EntityMetadata[],
    private readonly defaultSchema: string,
    isOn: boolean,
  ) {
    const binding = isOn ? plan.references.filter(binds) : [];
    const children = binding
      .map(({ child }) => child)
      .filter((one, at, all) => all.findIndex((other) => isSameTable(one, other)) === at);
    this.guarded = children.map((child) => {
      const references = binding.filter((one) => isSameTable(one.child, child));
      return new OwnerGuardedTable(child, references, defaultSchema);
    });
    this.schemas = [
      ...new Set([defaultSchema, ...known.map((one) => one.schema ?? defaultSchema)]),
    ];
  }

  async findings(): Promise<Finding[]> {
    const live = await readLiveOwnerTriggers(this.run, this.schemas);
    const wanted = this.guarded.filter((one) => isThere(one, live));
    const strays = live.triggers.filter((one) => this.isStray(one, wanted));
    const calling = live.triggers.filter((one) => !strays.includes(one));
    return [
      ...wanted.flatMap((one) => lacking(one, live)),
      ...strays.map(strayTrigger),
      ...live.functions.filter((one) => isUnused(one, wanted, calling)).map(strayFunction),
    ];
  }

  /** Runs the statements of every finding. */
  async mend(): Promise<number> {
    const statements = (await this.findings()).flatMap((one) => one.mend);
    for (const statement of statements) await this.run(statement);
    return statements.length;
  }

  async attest(): Promise<void> {
    const findings = await this.findings();
    if (findings.length === 0) return;
    const shown = findings.slice(0, MOST_SHOWN).map((one) => `${one.subject}: ${one.problem}`);
    throw new AttestationError({
      problem: `Rows could be written below deleted owners: ${shown.join('; ')}`,
      mend: `Start once with migrate: 'safe' and a login that owns the tables, or run what npx rowguard doctor prints`,
      given: { findings: findings.length },
    });
  }

  private isStray(trigger: LiveOwnerTrigger, wanted: readonly OwnerGuardedTable[]): boolean {
    const isKnown = this.known.some(
      (one) =>
        one.tableName === trigger.table && (one.schema ?? this.defaultSchema) === trigger.schema,
    );
    const planned = wanted.find((one) => isAt(one, trigger));
    return isKnown && !planned?.triggers.some((one) => one.name === trigger.name);
  }
}

type Place = Pick<LiveOwnerTrigger, 'schema' | 'table'>;

function isAt(one: Place, other: Place): boolean {
  return one.schema === other.schema && one.table === other.table;
}

/** While migrations are on their way, some tables are not there yet, or not any more. */
function isThere(planned: OwnerGuardedTable, live: LiveOwnerTriggers): boolean {
  return [planned, ...planned.owners].every((place) => live.tables.some((one) => isAt(one, place)));
}

function lacking(planned: OwnerGuardedTable, live: LiveOwnerTriggers): Finding[] {
  const subject = `${planned.schema}.${planned.table}`;
  const found = live.functions.find(
    (one) => one.schema === planned.schema && one.name === planned.functionName,
  );
  const isSame = found?.body === planned.body && found.settings.join() === planned.settings.join();
  const outdated = isSame
    ? []
    : [
        finding(subject, `the function ${planned.functionName} is missing or differs`, [
          planned.createFunction(),
        ]),
      ];
  const triggers = planned.triggers.flatMap(({ name, statement }) => {
    const one = live.triggers.find((other) => isAt(other, planned) && other.name === name);
    if (one?.isOn) return [];
    const drop = `DROP TRIGGER ${quoteName(name)} ON ${quoteName(planned.schema)}.${quoteName(planned.table)}`;
    return [
      finding(subject, `the trigger ${name} is ${one ? 'switched off' : 'missing'}`, [
        ...(one ? [drop] : []),
        statement,
      ]),
    ];
  });
  return [...outdated, ...triggers];
}

function strayTrigger({ schema, table, name }: LiveOwnerTrigger): Finding {
  return finding(`${schema}.${table}`, `the trigger ${name} is not asked for any more`, [
    `DROP TRIGGER ${quoteName(name)} ON ${quoteName(schema)}.${quoteName(table)}`,
  ]);
}

function isUnused(
  { schema, name }: LiveOwnerFunction,
  wanted: readonly OwnerGuardedTable[],
  calling: readonly LiveOwnerTrigger[],
): boolean {
  const isWanted = wanted.some((one) => one.schema === schema && one.functionName === name);
  const isCalled = calling.some(
    (one) => one.functionSchema === schema && one.functionName === name,
  );
  return !isWanted && !isCalled;
}

function strayFunction({ schema, name }: LiveOwnerFunction): Finding {
  return finding(`${schema}.${name}`, 'the function serves no table', [
    `DROP FUNCTION ${quoteName(schema)}.${quoteName(name)}()`,
  ]);
}

function finding(subject: string, problem: string, mend: string[]): Finding {
  return { rule: 'owner-trigger', severity: 'error', subject, problem, mend, advice: undefined };
}
