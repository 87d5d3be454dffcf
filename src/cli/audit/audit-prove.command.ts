import { UsageError } from '../../errors/usage.error.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { writeText } from './key-files.js';
import { visitLog } from './visit-log.js';

export const auditProve = defineCommand({
  name: 'audit:prove',
  summary: 'Write a row of the audit log with the proof that it was sealed',
  options: {
    id: { type: 'string', placeholder: '<id>', summary: 'Id of the row in audit_logs' },
    out: { type: 'string', placeholder: '<file>', summary: 'Write it into this file' },
  },
  examples: [
    {
      line: 'rowguard audit:prove --id 4711 --out proof.json',
      says: 'For an auditor, who checks it with checkProof() and the public key',
    },
  ],
  async run(context, { id, out: file }) {
    const { out, directory } = context;
    if (id === undefined) {
      throw new UsageError({
        problem: 'It is not said which row is to be proven',
        mend: 'Give --id, the id of the row in audit_logs',
      });
    }
    const { AuditSeals } = await import('../../audit/seal/audit-seals.js');
    const proven = await visitLog(context, (source) => new AuditSeals(source).prove(id));
    const text = JSON.stringify(proven, null, 2);
    if (file === undefined) out.print(text);
    else {
      await writeText(file, `${text}\n`, directory);
      out.print(`${file}: row ${id}, sealed by seal ${proven.proof.seal.seq}`);
    }
    out.answer(file === undefined ? proven : { id, file, seal: proven.proof.seal.seq });
    return ExitCode.Ok;
  },
});
