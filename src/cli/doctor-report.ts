import type { DatabaseInspection } from '../database-inspection.js';
import type { Finding } from '../schema/finding.js';
import { versionText } from '../schema/login-findings.js';
import { requiredUpgrade } from '../schema/server-version.js';
import { printable } from '../errors/printable.js';
import type { Paint } from './colours.js';

/** An inspection as text, as SQL and as data. */
export class DoctorReport {
  readonly errorCount: number;
  /** Everything that can be mended by a statement, in order and once. */
  readonly statements: readonly string[];

  constructor(private readonly inspection: DatabaseInspection) {
    const { findings } = inspection;
    this.errorCount = findings.filter((one) => one.severity === 'error').length;
    this.statements = [...new Set(findings.flatMap((one) => one.mend))];
  }

  warnings(): string[] {
    if (this.inspection.entityCount > 0) return [];
    return [
      'no entities are known, so that tables could not be checked: -d names the file of a data source that has them',
    ];
  }

  text(paint: Paint): string {
    const { findings } = this.inspection;
    const blocks = findings.map((one) => block(one, paint));
    return [this.headline(), ...blocks, this.summary(paint)].join('\n\n');
  }

  /** In one transaction: a policy that is replaced is never missing for the others. */
  script(): string {
    const seen = new Set<string>();
    const lines = this.inspection.findings.flatMap((one) => {
      const fresh = one.mend.filter((statement) => !seen.has(statement));
      for (const statement of fresh) seen.add(statement);
      if (fresh.length === 0) return [];
      return [
        `-- ${printable(`${one.subject}: ${one.problem}`)}`,
        ...fresh.map((sql) => `${sql};`),
      ];
    });
    return ['BEGIN;', ...lines, 'COMMIT;'].join('\n');
  }

  data(): Readonly<Record<string, unknown>> {
    const { database, isEmbedded, entityCount, application, owner } = this.inspection;
    return {
      database,
      server: {
        version: versionText(application.version),
        isEmbedded,
        upgradeTo: isEmbedded ? null : (requiredUpgrade(application.version) ?? null),
      },
      logins: { application, owner },
      entities: entityCount,
      errors: this.errorCount,
      warnings: this.inspection.findings.length - this.errorCount,
      sql: this.statements,
    };
  }

  private headline(): string {
    const { database, isEmbedded, entityCount, application, owner } = this.inspection;
    const server = `PostgreSQL ${versionText(application.version)}${isEmbedded ? ' (embedded)' : ''}`;
    const logins =
      application.login === owner.login
        ? `login ${application.login}`
        : `login ${application.login}, for the schema ${owner.login}`;
    return printable(`${server}, database ${database}, ${logins}, ${entityCount} entities`);
  }

  private summary(paint: Paint): string {
    const { length } = this.inspection.findings;
    if (length === 0)
      return paint('green', 'ok: nothing keeps this database from isolating tenants');
    const warnings = length - this.errorCount;
    const counts = `${counted(this.errorCount, 'error')}, ${counted(warnings, 'warning')}`;
    const way = this.inspection.isEmbedded
      ? 'start the application once'
      : 'rowguard doctor --sql | psql <url of an administrator>';
    const next = this.statements.length > 0 ? `. To mend: ${way}` : '';
    return `${paint(this.errorCount > 0 ? 'red' : 'yellow', counts)}${next}`;
  }
}

function block(one: Finding, paint: Paint): string {
  const colour = one.severity === 'error' ? 'red' : 'yellow';
  const title = `${paint(colour, one.severity)} ${paint('bold', printable(one.subject))} ${paint('dim', `(${one.rule})`)}`;
  return [
    title,
    `  ${printable(one.problem)}`,
    ...one.mend.map((statement) => `  ${printable(statement)};`),
    ...(one.advice === undefined ? [] : [`  ${printable(one.advice)}`]),
  ].join('\n');
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
