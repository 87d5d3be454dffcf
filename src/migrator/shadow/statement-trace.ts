import type pg from 'pg';
import { getSqlState } from '../../errors/violations.js';
import type { RunSql } from '../../schema/sql.js';
import { readSql } from '../../sql/sql-text.js';
import { ANSWERS } from '../recording/recording-query-runner.js';
import { RelationState } from './relation-state.js';
import type { TracedStatement } from './traced-migration.js';

const NOT_IN_A_TRANSACTION = '25001';
const ONLY_BETWEEN = /^\s*(?:START|BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b/i;

/** Takes statements down together with the locks that each takes and the tables that it rewrites. */
export class StatementTrace {
  readonly statements: TracedStatement[] = [];
  /** True when an answer was asked for: what follows may depend on it. */
  asked = false;
  isInTransaction = true;
  private before: RelationState;

  private constructor(
    private readonly client: pg.Client,
    private readonly ask: RunSql,
    private readonly first: RelationState,
  ) {
    this.before = first;
  }

  static async start(client: pg.Client, ask: RunSql): Promise<StatementTrace> {
    return new StatementTrace(client, ask, await RelationState.read(ask));
  }

  async send(sql: string, parameters?: unknown[]): Promise<pg.QueryResult> {
    const { code } = readSql(sql);
    if (ANSWERS.test(code)) this.asked = true;
    const at = this.statements.push({ ...said(sql, parameters), locks: [], rewrites: [] }) - 1;
    const isBoundary = ONLY_BETWEEN.test(code);
    const alone = !this.isInTransaction && !isBoundary;
    const { answer, state, wasConcurrent } = alone
      ? await this.sendAlone(sql, parameters)
      : await this.sendWithin(sql, parameters);
    this.statements[at] = {
      ...said(sql, parameters),
      locks: wasConcurrent
        ? state.locksOfConcurrentWork(this.before, this.first)
        : state.locksSince(this.before, this.first),
      rewrites: state.rewritesSince(this.before),
    };
    this.before = alone ? await RelationState.read(this.ask) : state;
    if (isBoundary) this.noticeTransaction(code);
    return answer;
  }

  private async sendWithin(sql: string, parameters?: unknown[]): Promise<Sent> {
    const answer = await this.client.query(sql, parameters);
    return { answer, state: await RelationState.read(this.ask), wasConcurrent: false };
  }

  /** In a transaction of its own, since locks are gone with it; without one where it has to be. */
  private async sendAlone(sql: string, parameters?: unknown[]): Promise<Sent> {
    await this.client.query('BEGIN');
    try {
      const sent = await this.sendWithin(sql, parameters);
      await this.client.query('COMMIT');
      return sent;
    } catch (error) {
      await this.client.query('ROLLBACK');
      if (getSqlState(error) !== NOT_IN_A_TRANSACTION) throw error;
    }
    return { ...(await this.sendWithin(sql, parameters)), wasConcurrent: true };
  }

  /** A migration that asked for no transaction may still open one of its own. */
  private noticeTransaction(code: string): void {
    if (/^\s*(?:START|BEGIN)\b/i.test(code)) this.isInTransaction = true;
    else if (/^\s*(?:COMMIT|END)\b|^\s*ROLLBACK\s*;?\s*$/i.test(code)) this.isInTransaction = false;
  }
}

interface Sent {
  readonly answer: pg.QueryResult;
  readonly state: RelationState;
  readonly wasConcurrent: boolean;
}

function said(sql: string, parameters: unknown[] | undefined) {
  return parameters ? { sql, parameters } : { sql };
}
