import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * The layering of src, see docs/decisions/0002-rooms.md. A file may import its own room or a room
 * in a lower row; rooms that stand side by side do not know each other.
 */
const ROWS = [
  ['errors', 'sql'],
  ['context', 'embedded', 'validation'],
  ['entities'],
  ['connection', 'schema', 'predicate'],
  ['soft-delete'],
  ['repositories', 'audit', 'migrations', 'migrator'],
  ['health', 'http', 'seeders', 'maintenance', 'memory', 'better-auth'],
  ['(top)'],
  ['cli', 'testing'],
  ['(doors)'],
];
const DOORS = ['index.ts', 'shipped-schema.ts', 'testing/index.ts', 'better-auth/index.ts'];
const NAMELESS = /^(?:utils?|helpers?|common|core|lib|types)$/;
const LONGEST_FILE = 300;
const OWN_NAME = /^nestjs-rowguard(?:\/|$)/;

/** One sentence for each thing that does not fit, in the tree below `root`. */
export function roomFindings(root) {
  const source = join(root, 'src');
  const files = readdirSync(source, { recursive: true })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => file.endsWith('.ts'));
  return files.flatMap((file) => findingsOf(file, readFileSync(join(source, file), 'utf8')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = roomFindings('.');
  for (const finding of findings) console.error(finding);
  console.log(`rooms: ${findings.length} findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}

function findingsOf(file, text) {
  const found = [];
  const nameless = dirname(file)
    .split('/')
    .find((folder) => NAMELESS.test(folder));
  if (nameless) found.push(`src/${file}: a folder named "${nameless}" says nothing`);
  const lines = text.split('\n').length - 1;
  // A migration stays as it was, and a front door is a list of names.
  if (lines > LONGEST_FILE && !['migrations', '(doors)'].includes(roomOf(file))) {
    found.push(`src/${file}: ${lines} lines, at most ${LONGEST_FILE} are allowed`);
  }
  if (rowOf(roomOf(file)) < 0) {
    found.push(`src/${file}: the room "${roomOf(file)}" stands in no row of check-rooms.js`);
  }
  for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
    const problem = refusal(file, fileName);
    if (problem) found.push(`src/${file}: imports ${fileName}, ${problem}`);
  }
  return found;
}

function refusal(file, specifier) {
  if (OWN_NAME.test(specifier)) return 'the front door; import the file itself';
  if (!specifier.startsWith('.')) return undefined;
  const target = normalize(join(dirname(file), specifier)).replace(/\.js$/, '.ts');
  if (target.startsWith('..')) return target === '../package.json' ? undefined : 'outside of src';
  if (DOORS.includes(target) && !DOORS.includes(file))
    return 'a front door; import the file itself';
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === to || rowOf(to) < 0 || rowOf(to) < rowOf(from)) return undefined;
  const where = rowOf(to) === rowOf(from) ? 'beside' : 'above';
  return `but ${to} stands ${where} ${from}`;
}

function roomOf(file) {
  if (DOORS.includes(file)) return '(doors)';
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '(top)';
}

function rowOf(room) {
  return ROWS.findIndex((row) => row.includes(room));
}
