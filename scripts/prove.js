import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Measures the bars of a room, or of all: a table for people, then one JSON line a room, last the
 * one of the room asked for. Exits 1 when a bar is missed or could not be measured.
 */
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const rooms =
  asked.length > 0 ? asked : readdirSync('test/prove').filter((name) => !name.includes('.'));
let failed = false;

for (const room of rooms) {
  if (!existsSync(join('test/prove', room))) {
    console.error(
      `There are no bars for "${room}". Known: ${readdirSync('test/prove').join(', ')}`,
    );
    process.exit(2);
  }
  const started = Date.now();
  const directory = mkdtempSync(join(tmpdir(), 'rowguard-prove-'));
  const file = join(directory, 'bars.jsonl');
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      '--config',
      'jest.prove.config.js',
      `test/prove/${room}/`,
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ROWGUARD_BARS: file, ROWGUARD_NOTHING_LEFT_OUT: '1' },
    },
  );
  const bars = existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
  rmSync(directory, { recursive: true, force: true });
  const passed = status === 0 && bars.length > 0 && bars.every((bar) => bar.passed);
  failed ||= !passed;
  print(room, bars);
  console.log(
    JSON.stringify({ room, passed, seconds: Math.round((Date.now() - started) / 1000), bars }),
  );
}
process.exitCode = failed ? 1 : 0;

function print(room, bars) {
  const widths = ['bar', 'measured', 'target'].map((key) =>
    Math.max(key.length, ...bars.map((bar) => String(bar[key]).length)),
  );
  const line = (cells) => cells.map((cell, at) => String(cell).padEnd(widths[at] ?? 0)).join('  ');
  console.log(`\n${room}\n${line(['bar', 'measured', 'target'])}  result`);
  for (const bar of bars) {
    console.log(
      `${line([bar.bar, bar.measured, bar.target])}  ${bar.passed ? 'reached' : 'MISSED'}`,
    );
  }
}
