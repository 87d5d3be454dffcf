import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { defineCommand, type Command } from '../../../src/cli/command.js';
import { EXIT_CODE_MEANINGS, ExitCode } from '../../../src/cli/exit-code.js';
import { UsageError } from '../../../src/errors/usage.error.js';
import { type CliSurroundings, cli } from '../../support/cli-run.js';

const SECRET_URL = 'postgresql://app:pa@ss/word@db.example.org/shop';

const greet = defineCommand({
  name: 'greet',
  summary: 'Say hello',
  options: {
    name: { type: 'string', short: 'n', placeholder: '<name>', summary: 'Whom to greet' },
    loud: { type: 'boolean', summary: 'Shout' },
    tag: { type: 'string', multiple: true, placeholder: '<tag>', summary: 'May be repeated' },
  },
  examples: [{ line: 'rowguard greet -n Ann', says: 'Greets Ann' }],
  async run({ out }, { name, loud, tag }) {
    out.progress('thinking');
    out.warn(`no colour is chosen, connecting to ${SECRET_URL}`);
    out.print(out.paint('green', `hello ${name ?? 'you'}${loud ? '!' : ''} ${tag.join('+')}`));
    out.answer({ name, loud, tag, url: SECRET_URL });
    return ExitCode.Ok;
  },
});

const fail = (name: string, error: unknown): Command =>
  defineCommand({
    name,
    summary: 'Fails',
    options: {},
    examples: [],
    run: () => Promise.reject(error),
  });

const run = (words: string[], given: CliSurroundings = {}) =>
  cli(words, { commands: [greet], ...given });
const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('the help', () => {
  it('lists every command, flag and exit code, with an example', async () => {
    const { exitCode, stdout, stderr } = await cli(['--help']);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('doctor');
    expect(stdout).toContain('--dataSource <file>');
    expect(stdout).toContain('ROWGUARD_DATA_SOURCE');
    expect(stdout).toContain('psql');
    expect(stdout).toMatch(/143\s+terminated/);
    expect(stderr).toBe('');
  });

  it.each([[['greet', '--help']], [['-h', 'greet']], [['help', 'greet']]])(
    'of one command shows its own flags: %j',
    async (words) => {
      const { exitCode, stdout } = await run(words);

      expect(exitCode).toBe(0);
      expect(stdout).toContain('-n, --name <name>');
      expect(stdout).toContain('Greets Ann');
    },
  );

  it('tells the version', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a line that cannot be read', () => {
  it.each([
    [['gret'], 'Did you mean greet?'],
    [['greet', '--lout'], 'Did you mean --loud?'],
    [['greet', '--data-source', 'x'], 'Did you mean --dataSource?'],
    [['greet', '--frobnicate'], 'The flag --frobnicate does not exist'],
    [['greet', '-n'], 'The flag -n needs a value'],
    [['greet', '--name', '--loud'], '--name=--loud'],
    [['greet', '--loud=perhaps'], 'either on or off'],
    [['greet', 'Ann'], 'takes no further words'],
    [['greet', '--constructor'], 'does not exist'],
    [[], 'No command is given'],
  ])('ends with 2 and says what was meant: %j', async (words, says) => {
    const { exitCode, stdout, stderr } = await run(words);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(says);
    expect(stderr).toContain('[ROWGUARD_USAGE]');
    expect(stdout).toBe('');
  });

  it('comes out as JSON where JSON was asked for', async () => {
    const { exitCode, stdout, stderr } = await run(['gret', '--json']);

    expect(exitCode).toBe(2);
    expect(json(stdout)).toMatchObject({ ok: false, error: { code: 'ROWGUARD_USAGE' } });
    expect(stderr).toBe('');
  });
});

describe('flags', () => {
  it('are read from the environment, and win over it', async () => {
    const environment = { ROWGUARD_NAME: 'Bob', ROWGUARD_LOUD: 'yes', ROWGUARD_TAG: 'a, b' };

    expect((await run(['greet'], { environment })).stdout).toBe('hello Bob! a+b\n');
    expect(
      (await run(['greet', '-n', 'Ann', '--loud=false', '--tag', 'c'], { environment })).stdout,
    ).toBe('hello Ann c\n');
  });

  it('refuse a variable that is neither on nor off', async () => {
    const { exitCode, stderr } = await run(['greet'], { environment: { ROWGUARD_JSON: 'maybe' } });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('ROWGUARD_JSON');
  });

  it('may be repeated where the command says so', async () => {
    expect((await run(['greet', '--tag', 'x', '--tag=y'])).stdout).toBe('hello you x+y\n');
  });
});

describe('the output', () => {
  it('has the answer on stdout and everything else on stderr', async () => {
    const { stdout, stderr } = await run(['greet']);

    expect(stdout).toBe('hello you \n');
    expect(stderr).toContain('thinking');
    expect(stderr).toContain('warning: no colour is chosen');
  });

  it('is quiet about progress, never about warnings', async () => {
    const { stderr } = await run(['greet', '--quiet']);

    expect(stderr).not.toContain('thinking');
    expect(stderr).toContain('warning:');
  });

  it('is exactly one object in the JSON form', async () => {
    const { stdout } = await run(['greet', '--json', '-n', 'Ann']);

    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(json(stdout)).toEqual({
      schemaVersion: 1,
      command: 'greet',
      ok: true,
      exitCode: 0,
      durationMs: expect.any(Number),
      data: { name: 'Ann', loud: false, tag: [], url: 'postgresql://app:***@db.example.org/shop' },
      findings: [],
      warnings: ['no colour is chosen, connecting to postgresql://app:***@db.example.org/shop'],
      error: null,
    });
  });

  it('never shows a password', async () => {
    const commands = [fail('leak', new Error(`cannot parse ${SECRET_URL} password=hunter2`))];
    for (const words of [
      ['leak', '--verbose'],
      ['leak', '--json', '--verbose'],
    ]) {
      const { stdout, stderr } = await cli(words, { commands });

      expect(stdout + stderr).toContain('***');
      expect(stdout + stderr).not.toMatch(/ss\/word|hunter2/);
    }
  });
});

describe('colours', () => {
  const escapes = async (words: string[], given: CliSurroundings) => {
    const { stdout, stderr } = await run(words, given);
    return `${stdout}${stderr}`.includes('\u001B');
  };

  it.each<[string, string[], CliSurroundings, boolean]>([
    ['on a terminal', [], { isTerminal: true }, true],
    ['into a pipe', [], {}, false],
    ['under NO_COLOR', [], { isTerminal: true, environment: { NO_COLOR: '1' } }, false],
    ['under an empty NO_COLOR', [], { isTerminal: true, environment: { NO_COLOR: '' } }, true],
    ['on a dumb terminal', [], { isTerminal: true, environment: { TERM: 'dumb' } }, false],
    ['with --no-color', ['--no-color'], { isTerminal: true }, false],
    [
      'under ROWGUARD_NO_COLOR',
      [],
      { isTerminal: true, environment: { ROWGUARD_NO_COLOR: '1' } },
      false,
    ],
    ['into a pipe under FORCE_COLOR', [], { environment: { FORCE_COLOR: '1' } }, true],
    ['under FORCE_COLOR=0', [], { isTerminal: true, environment: { FORCE_COLOR: '0' } }, false],
    ['under both', [], { environment: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
  ])('%s', async (_, words, given, expected) => {
    expect(await escapes(['greet', ...words], given)).toBe(expected);
    expect((await run(['greet', ...words], given)).forbadeColours).toBe(!expected);
  });

  it('never get into the JSON form', async () => {
    const { stdout } = await run(['greet', '--json'], { isTerminal: true });

    expect(stdout).not.toContain('\u001B');
  });
});

describe('exit codes', () => {
  const refused = Object.assign(
    new AggregateError([new Error('connect ECONNREFUSED ::1:5432')], ''),
    {
      code: 'ECONNREFUSED',
    },
  );
  const query = Object.assign(new Error('syntax error'), {
    query: 'selec 1',
    driverError: Object.assign(new Error('syntax error'), { code: '42601', position: '1' }),
  });

  it.each([
    ['a failure', new Error('boom'), ExitCode.Failed, 'ROWGUARD_UNEXPECTED'],
    ['no error at all', 'text', ExitCode.Failed, 'ROWGUARD_UNEXPECTED'],
    ['a statement', query, ExitCode.Failed, 'ROWGUARD_UNEXPECTED'],
    [
      'a wrong use',
      new UsageError({ problem: 'No', mend: 'Yes' }),
      ExitCode.Usage,
      'ROWGUARD_USAGE',
    ],
    ['a closed port', refused, ExitCode.Unreachable, 'ROWGUARD_DATABASE_UNAVAILABLE'],
    [
      'a wrong password',
      Object.assign(new Error('no'), { code: '28P01' }),
      ExitCode.Unreachable,
      'ROWGUARD_DATABASE_UNAVAILABLE',
    ],
    [
      'no such database',
      Object.assign(new Error('no'), { code: '3D000' }),
      ExitCode.Unreachable,
      'ROWGUARD_DATABASE_UNAVAILABLE',
    ],
    [
      'a closed pipe',
      Object.assign(new Error('no'), { code: 'EPIPE' }),
      ExitCode.Unreachable,
      'ROWGUARD_DATABASE_UNAVAILABLE',
    ],
  ])('tell %s', async (_, error, exitCode, code) => {
    const { stdout, exitCode: given } = await cli(['x', '--json'], {
      commands: [fail('x', error)],
    });

    expect(given).toBe(exitCode);
    expect(json(stdout)).toMatchObject({
      ok: false,
      exitCode,
      error: { code, message: expect.stringMatching(/./), hint: expect.stringMatching(/\.$/) },
    });
  });

  it('come with the statement and the SQLSTATE', async () => {
    const { stdout } = await cli(['x', '--json'], { commands: [fail('x', query)] });

    expect(json(stdout)['error']).toMatchObject({
      sqlstate: '42601',
      statement: 'selec 1',
      position: 1,
    });
  });

  it('print message, code and what to do', async () => {
    const error = new UsageError({ problem: 'It is red', mend: 'Paint it blue' });
    const { stderr } = await cli(['x'], { commands: [fail('x', error)] });

    expect(stderr).toBe('error: It is red. [ROWGUARD_USAGE]\nwhat to do: Paint it blue.\n');
  });

  it('stand in the page of the command line as they are', () => {
    const page = readFileSync('docs/cli.md', 'utf8');
    const rows = [...page.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, says]) => [
      code,
      says,
    ]);

    expect(Object.fromEntries(rows)).toEqual(EXIT_CODE_MEANINGS);
  });

  it.each([ExitCode.Interrupted, ExitCode.Terminated])(
    'say which signal came: %i',
    async (code) => {
      const controller = new AbortController();
      const wait = defineCommand({
        name: 'wait',
        summary: 'Waits',
        options: {},
        examples: [],
        run: () => new Promise<never>(() => controller.abort(code)),
      });

      const { exitCode } = await cli(['wait'], { commands: [wait], signal: controller.signal });

      expect(exitCode).toBe(code);
    },
  );
});
