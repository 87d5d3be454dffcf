import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ParserMissingError } from 'nestjs-rowguard';
import { parseSql } from '../../../src/migrator/lint/parser.js';
import { ParserLoader } from '../../../src/migrator/lint/reading/parser-loader.js';
import { caught } from '../../support/caught.js';

describe('reading SQL', () => {
  it('gives each statement its own text and the characters where it begins', async () => {
    const sql = "-- größe 😀\nSELECT 'ü';\n  /* c */ DROP TABLE a ;\n";
    const statements = await parseSql(sql);

    expect(statements.map((one) => one.sql)).toEqual(["SELECT 'ü'", 'DROP TABLE a']);
    expect(statements.map(({ start }) => sql.slice(start, start + 4))).toEqual(['SELE', 'DROP']);
    expect(statements.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('finds what is hidden behind the statement that hides it, with its place', async () => {
    const sql = "DO $$ BEGIN\n  EXECUTE 'DROP TABLE ü';\n  DELETE FROM b;\nEND $$";
    const [block, dropped, deleted] = await parseSql(sql);

    expect([block, dropped, deleted].map((one) => [one?.kind, one?.place])).toEqual([
      ['DoStmt', 'sent'],
      ['DropStmt', 'block'],
      ['DeleteStmt', 'block'],
    ]);
    expect(sql.slice(deleted?.start)).toMatch(/^DELETE FROM b/);
  });

  it.each(['', '  \n', '-- nothing', '/* nothing /* at all */ */', ';;'])(
    'finds nothing in %j',
    async (sql) => {
      expect(await parseSql(sql)).toEqual([]);
    },
  );

  it.each([
    'DROP TABEL a',
    "SELECT 'open",
    '\\i other.sql',
    'DO $$ BEGIN',
    '\u0000',
    'SELECT 1\u0000; DROP TABLE a',
  ])('does not throw at what nobody can read: %j', async (sql) => {
    expect((await parseSql(sql)).map(({ kind }) => kind)).toEqual(['Unreadable']);
  });

  it('says what to install where the parser is missing, and tries again the next time', async () => {
    const loader = new ParserLoader(() => Promise.reject(new Error('Cannot find package')));
    const twice = [await caught(loader.load()), await caught(loader.load())];

    for (const error of twice) {
      expect(error).toBeInstanceOf(ParserMissingError);
      expect(error).toMatchObject({ code: 'ROWGUARD_PARSER_MISSING' });
      expect(String(error)).toContain('npm i libpg-query');
    }
    expect(twice[0]).not.toBe(twice[1]);
  });

  it('is loaded by no file of the package until it is asked for', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const eager = files.filter((file) =>
      /^(?:import|export) (?!type\b)[^;]*'libpg-query'/m.test(readFileSync(`src/${file}`, 'utf8')),
    );

    expect(files.length).toBeGreaterThan(100);
    expect(eager).toEqual([]);
  });
});
