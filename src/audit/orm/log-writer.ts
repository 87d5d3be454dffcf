import { Logger } from '@nestjs/common';
import { markBuilt } from '../../context/built-statement.js';
import type { Scope } from '../../context/tenant-scope.js';
import { currentScope, runInScope } from '../../context/unit-store.js';
import { getSqlState } from '../../errors/violations.js';
import { quoteName } from '../../schema/sql.js';
import { APPEND_FUNCTION } from '../audit-functions.js';
import type { PendingChange } from './change-ledger.js';

type Send = (text: string, parameters?: unknown[]) => Promise<unknown>;

/** PostgreSQL takes far more; the driver and the server each hold the whole of it a few times. */
const MOST_BYTES = 8 * 1024 * 1024;
const SAVEPOINT = 'rowguard_audit';

/** Writes changes into the log, on the connection and in the transaction that made them. */
export class LogWriter {
  private readonly text: string;
  private readonly log = new Logger('Rowguard');

  constructor(schema: string) {
    this.text = `select ${quoteName(schema)}.${APPEND_FUNCTION}($1::jsonb)`;
  }

  /** In the order in which they were made; one statement for all that one actor made. */
  async write(changes: readonly PendingChange[], send: Send): Promise<void> {
    for (const part of partsOf(changes)) {
      const [{ scope, warns }] = part;
      const work = () => this.append(part, send);
      const inScope = () => (scope && scope !== currentScope() ? runInScope(scope, work) : work());
      if (warns) await this.forgiving(part, send, inScope);
      else await inScope();
    }
  }

  private async append(changes: Part, send: Send): Promise<void> {
    const [{ scope }] = changes;
    const parameters = [`[${changes.map((change) => change.text).join(',')}]`];
    markBuilt(parameters, {
      text: this.text,
      tenantId: scope?.kind === 'tenant' ? scope.tenantId : undefined,
      confined: true,
      sharedOnly: scope === undefined,
    });
    await send(this.text, parameters);
  }

  private async forgiving(changes: Part, send: Send, work: () => Promise<void>): Promise<void> {
    await send(`SAVEPOINT ${SAVEPOINT}`);
    try {
      await work();
      await send(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    } catch (error) {
      await send(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
      const entities = [...new Set(changes.map((change) => change.entity))].join(', ');
      const why = getSqlState(error) ?? (error as Error).name;
      this.log.warn(`${changes.length} changes of ${entities} were not audited (${why})`);
    }
  }
}

type Part = readonly [PendingChange, ...PendingChange[]];

function partsOf(changes: readonly PendingChange[]): Part[] {
  const parts: [PendingChange, ...PendingChange[]][] = [];
  let bytes = 0;
  for (const change of changes) {
    const part = parts.at(-1);
    const size = Buffer.byteLength(change.text);
    bytes += size;
    if (part && belongTogether(part[0], change) && bytes <= MOST_BYTES) part.push(change);
    else {
      parts.push([change]);
      bytes = size;
    }
  }
  return parts;
}

function belongTogether(one: PendingChange, other: PendingChange): boolean {
  return one.warns === other.warns && isSameWork(one.scope, other.scope);
}

function isSameWork(one: Scope | undefined, other: Scope | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
