import { defineCommand } from './command.js';
import { ExitCode } from './exit-code.js';

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Find what keeps this database from isolating tenants, and the SQL that mends it',
  options: {
    sql: { type: 'boolean', summary: 'Print only the SQL that mends it, to be piped into psql' },
  },
  examples: [
    { line: 'rowguard doctor', says: 'Look at the database of ./dist/data-source.js' },
    { line: 'rowguard doctor --sql | psql "$DATABASE_ADMIN_URL"', says: 'Mend it at once' },
    {
      line: 'rowguard doctor --json -d build/data-source.js',
      says: 'For a pipeline; exits 3 on errors',
    },
  ],
  async run({ out, dataSource }, { sql }) {
    const source = await dataSource();
    out.progress('looking at the database');
    const inspection = await source.inspect();
    const { DoctorReport } = await import('./doctor-report.js');
    const report = new DoctorReport(inspection);
    for (const warning of report.warnings()) out.warn(warning);
    if (!sql) out.print(report.text(out.paint));
    else if (report.statements.length > 0) out.print(report.script());
    out.answer(report.data(), inspection.findings);
    return report.errorCount > 0 ? ExitCode.Found : ExitCode.Ok;
  },
});
