import type { Generation, RefusedChange } from '../../migrator/generate/generated-migration.js';
import type { Finding } from '../../schema/finding.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { FILE_OPTIONS } from './file-options.js';

export const migrationGenerate = defineCommand({
  name: 'migration:generate',
  summary: 'Write what the entities need as migrations that lose nothing and stop nobody',
  words: { placeholder: '<path>', most: 1 },
  options: {
    ...FILE_OPTIONS,
    pretty: { type: 'boolean', short: 'p', summary: 'Write long statements over several lines' },
    dryrun: { type: 'boolean', summary: 'Print the files, and write none' },
    dr: {
      type: 'boolean',
      summary: 'The same as --dryrun, as TypeORM abbreviates it',
      onlyFlag: true,
    },
    check: { type: 'boolean', summary: 'Write nothing; exit 3 if the entities need anything' },
    ch: {
      type: 'boolean',
      summary: 'The same as --check, as TypeORM abbreviates it',
      onlyFlag: true,
    },
  },
  examples: [
    {
      line: 'rowguard migration:generate src/migrations/add-orders',
      says: 'Tables first, indexes without a transaction, constraints, then their validation',
    },
    { line: 'rowguard migration:generate src/migrations/x --check', says: 'For a pipeline' },
  ],
  async run({ out, dataSource, words, directory }, given) {
    const { filesOf, placeOf, writeFiles } = await import('./written-files.js');
    const [isCheck, isDry] = [given.check || given.ch, given.dryrun || given.dr];
    const place = placeOf(isCheck ? [words[0] ?? 'check'] : words, directory, given);
    const source = await dataSource();
    const { generationOfSource } = await import('./generation-of-source.js');
    const generation = await generationOfSource(source, place.basename, place.timestamp);
    const files = filesOf(generation.migrations, place, directory, given.pretty);
    for (const note of generation.notes) out.warn(note);
    const answer = { files, refused: generation.refused };
    out.answer(answer, generation.refused.map(findingOf));
    if (isCheck) return checked(out, generation);
    if (generation.refused.length > 0) return refused(out, generation.refused);
    if (files.length === 0) {
      out.print('nothing to generate: the tables are as the entities say');
      return ExitCode.Failed;
    }
    if (!isDry) await writeFiles(files, directory);
    for (const { file, text } of files) {
      out.print(isDry ? `-- ${file}\n${text}` : `${file}: written`);
    }
    return ExitCode.Ok;
  },
});

function checked(out: Output, { migrations, refused: kept }: Generation): ExitCode {
  const isCurrent = migrations.length + kept.length === 0;
  out.print(isCurrent ? 'the tables are as the entities say' : 'the entities need a migration');
  return isCurrent ? ExitCode.Ok : ExitCode.Found;
}

function refused(out: Output, changes: readonly RefusedChange[]): ExitCode {
  for (const { subject, problem, steps } of changes) {
    out.print(`${out.paint('bold', subject)}: ${problem}`);
    for (const [at, step] of steps.entries()) out.print(`  ${at + 1}. ${step}`);
  }
  out.print('nothing was written');
  return ExitCode.Blocked;
}

function findingOf({ subject, problem, steps }: RefusedChange): Finding {
  return {
    rule: 'change-refused',
    severity: 'error',
    subject,
    problem,
    mend: [],
    advice: steps.join('; '),
  };
}
