import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const COPIED = ['src', 'test', 'jest.config.js', 'package.json', 'tsconfig.json'];
const LONGEST_MS = 90_000;

/**
 * A copy of the tree in which defects are planted, one at a time. A defect is killed when the test
 * that is named for it goes red; a defect whose text is not there is an error of the list.
 */
export class MutantTree {
  constructor(root, directory) {
    this.root = root;
    this.directory = directory;
  }

  static create(root = process.cwd()) {
    const directory = mkdtempSync(join(tmpdir(), 'rowguard-mutants-'));
    for (const part of COPIED) cpSync(join(root, part), join(directory, part), { recursive: true });
    // Every project of the Jest configuration has to have its folder.
    for (const folder of ['unit', 'medium', 'e2e'])
      mkdirSync(join(directory, 'test', folder), { recursive: true });
    symlinkSync(resolve(root, 'node_modules'), join(directory, 'node_modules'));
    return new MutantTree(root, directory);
  }

  dispose() {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Runs `work` while the defect is in place. */
  async with(defect, work) {
    const originals = new Map();
    try {
      for (const { file, find, replace } of defect.edits) {
        const path = join(this.directory, file);
        const text = readFileSync(path, 'utf8');
        if (!text.includes(find)) throw new Error(`${defect.name}: ${file} has no "${find}"`);
        if (!originals.has(path)) originals.set(path, text);
        writeFileSync(path, text.replaceAll(find, replace));
      }
      return await work();
    } finally {
      for (const [path, text] of originals) writeFileSync(path, text);
    }
  }

  /** Every test of `files`, or the one whose full name is given: name -> passed, failed. */
  async test(files, name) {
    const output = join(this.directory, 'results.json');
    rmSync(output, { force: true });
    const filter = name === undefined ? [] : ['-t', `^${escaped(name)}$`];
    await this.jest([
      '--selectProjects',
      'medium',
      '--json',
      `--outputFile=${output}`,
      ...filter,
      '--testPathPatterns',
      ...files,
    ]);
    const results = new Map();
    for (const { assertionResults, status, message } of JSON.parse(readFileSync(output, 'utf8'))
      .testResults) {
      if (status === 'failed' && assertionResults.length === 0) throw new Error(message);
      for (const one of assertionResults) results.set(one.fullName, one.status);
    }
    return results;
  }

  jest(given) {
    const { ROWGUARD_TEST_URL, ROWGUARD_BARS: _, ...env } = process.env;
    if (ROWGUARD_TEST_URL) env.DATABASE_URL = ROWGUARD_TEST_URL;
    delete env.JEST_WORKER_ID;
    return new Promise((done) => {
      const child = spawn(
        process.execPath,
        [
          '--experimental-vm-modules',
          '--no-warnings',
          'node_modules/jest/bin/jest.js',
          '--runInBand',
          '--forceExit',
          ...given,
        ],
        { cwd: this.directory, env, stdio: 'ignore' },
      );
      const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
      child.on('exit', () => {
        clearTimeout(timer);
        done();
      });
    });
  }
}

function escaped(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
