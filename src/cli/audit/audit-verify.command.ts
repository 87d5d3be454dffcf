import type {
  AuditFinding,
  AuditVerificationReport,
} from '../../audit/seal/verify/audit-finding.js';
import type { AuditAnchor } from '../../audit/seal/audit-anchor.js';
import { UsageError } from '../../errors/usage.error.js';
import type { Finding } from '../../schema/finding.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { PUBLIC_KEY_OPTION, publicKeysOf, readJson } from './key-files.js';
import { visitLog } from './visit-log.js';

const seal = (summary: string) => ({ type: 'string', placeholder: '<seal>', summary }) as const;

export const auditVerify = defineCommand({
  name: 'audit:verify',
  summary: 'Hold the audit log against its seals; exits 3 if anything does not fit',
  options: {
    'public-key': PUBLIC_KEY_OPTION,
    anchor: {
      type: 'string',
      placeholder: '<file>',
      summary: 'What audit:seal --anchor has written, kept elsewhere since',
    },
    from: seal('Number of the first seal to verify (default: 1)'),
    to: seal('Number of the last seal to verify (default: the newest)'),
  },
  examples: [
    {
      line: 'rowguard audit:verify --public-key seal.pub.pem --anchor anchor.json',
      says: 'Recompute every hash, link and signature',
    },
  ],
  async run(context, given) {
    const { out, directory } = context;
    const publicKeys = await publicKeysOf(given['public-key'], directory);
    const options = {
      publicKeys,
      ...(given.anchor === undefined
        ? {}
        : { anchor: (await readJson(given.anchor, directory)) as AuditAnchor }),
      ...(given.from === undefined ? {} : { from: numberOf('--from', given.from) }),
      ...(given.to === undefined ? {} : { to: numberOf('--to', given.to) }),
    };
    out.progress('holding the audit log against its seals');
    const { AuditSeals } = await import('../../audit/seal/audit-seals.js');
    const report = await visitLog(context, (source) => new AuditSeals(source).verify(options));
    out.print(textOf(report));
    out.answer(report, report.findings.map(findingOf));
    return report.intact ? ExitCode.Ok : ExitCode.Found;
  },
});

function textOf({
  findings,
  rows,
  seals,
  unsealed,
  retired,
  erased,
  counts,
}: AuditVerificationReport) {
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  return [
    ...findings.map((one) => `${one.kind}: ${subjectOf(one)}: ${one.problem}`),
    `${rows} rows in ${seals} seals as they were; ${unsealed} not sealed yet, ${retired} retired, ${erased} erased`,
    found.length === 0 ? 'intact' : found.map(([kind, count]) => `${kind} ${count}`).join(', '),
  ].join('\n');
}

function findingOf(one: AuditFinding): Finding {
  return {
    rule: `audit-${one.kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    severity: 'error',
    subject: subjectOf(one),
    problem: one.problem,
    mend: [],
    advice: 'Keep the database as it is, and compare it with a backup',
  };
}

function subjectOf({ seal: nr, fromId, toId, rows }: AuditFinding): string {
  const of = nr === undefined ? '' : ` of seal ${nr}`;
  if (fromId === undefined) return nr === undefined ? 'the chain of seals' : `seal ${nr}`;
  return fromId === toId ? `row ${fromId}${of}` : `rows ${fromId} to ${toId} (${rows})${of}`;
}

function numberOf(flag: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError({
    problem: `${flag} is not the number of a seal (given: ${JSON.stringify(text.slice(0, 40))})`,
    mend: 'Seals are numbered from 1 on',
  });
}
