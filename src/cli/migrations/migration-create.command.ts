import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { FILE_OPTIONS } from './file-options.js';

export const migrationCreate = defineCommand({
  name: 'migration:create',
  summary: 'Write a migration to be filled in; needs no database',
  words: { placeholder: '<path>', most: 1 },
  options: {
    ...FILE_OPTIONS,
    template: {
      type: 'string',
      placeholder: '<name>',
      summary: 'empty (default), tenant-table, index, backfill, enum or not-null',
    },
  },
  examples: [
    {
      line: 'rowguard migration:create src/migrations/add-things --template tenant-table',
      says: 'A table with its policies and rights',
    },
    {
      line: 'rowguard migration:create src/migrations/fill-names --template backfill',
      says: 'Rows, batch by batch',
    },
  ],
  async run({ out, words, directory }, given) {
    const [{ placeOf, writeFiles }, { migrationName }, { templateFile }, paths] = await Promise.all(
      [
        import('./written-files.js'),
        import('../../migrator/generate/migration-name.js'),
        import('../../migrator/generate/templates.js'),
        import('node:path'),
      ],
    );
    const place = placeOf(words, directory, given);
    const { className, fileName } = migrationName(place.basename, place.timestamp);
    const ending = place.form === 'ts' ? 'ts' : 'js';
    const file = paths.relative(directory, paths.join(place.folder, `${fileName}.${ending}`));
    const text = templateFile(given.template, className, place.form);
    await writeFiles([{ file, className, transaction: true, text }], directory);
    out.print(`${file}: written`);
    out.answer({ file, className });
    return ExitCode.Ok;
  },
});
