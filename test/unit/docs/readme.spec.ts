import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as rowguard from 'nestjs-rowguard';
import { OPTION_TABLE } from '../../../src/option-table.js';
import { blocksOf, pages } from './code-blocks.js';

const README = readFileSync('README.md', 'utf8');
const MANIFEST = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  string,
  Record<string, string>
>;

describe('the README', () => {
  it('lists every option as the code knows it', () => {
    expect(rowsBelow(README, '## Options')).toEqual(
      OPTION_TABLE.map(({ option, env, default: told, sentence }) => [
        `\`${option}\``,
        env === undefined ? '' : `\`${env}\``,
        `\`${told}\``,
        sentence,
      ]),
    );
  });

  it('lists every code of an error', () => {
    const codes = rowsBelow(README, '## Errors').map(([code]) => code?.replaceAll('`', ''));

    expect(codes.toSorted()).toEqual(codesOfSource());
  });

  it('starts with the command that installs and tests', () => {
    const [first] = blocksOf('README.md').filter((block) => block.language === 'sh');

    expect(first?.text.split('\n')).toContain('npm cit');
  });
});

describe('the pages', () => {
  it.each(pages())('name only scripts that exist: %s', (page) => {
    const named = [...readFileSync(page, 'utf8').matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)];

    expect(
      named
        .map((match) => match[1])
        .filter((name) => !((name as string) in (MANIFEST['scripts'] ?? {}))),
    ).toEqual([]);
  });

  it.each(pages())('link only to pages that exist: %s', (page) => {
    const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
    const folder = page.slice(0, page.lastIndexOf('/') + 1);
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
      (match) => match[1] as string,
    );

    expect(links.filter((link) => !isThere(folder + link))).toEqual([]);
  });

  it('explain every code of an error, and no other', () => {
    const headings = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^## (ROWGUARD_\w+)$/gm)];

    expect(headings.map((match) => match[1]).toSorted()).toEqual(codesOfSource());
  });

  it('name every class of an error', () => {
    const page = readFileSync('docs/errors.md', 'utf8');
    const classes = Object.entries(rowguard)
      .filter(([, value]) => typeof value === 'function' && value.prototype instanceof Error)
      .map(([name]) => name);

    expect(classes.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('give a reason for every direct dependency, and for no other', () => {
    const page = readFileSync('docs/decisions/dependencies.md', 'utf8');
    const given = [...page.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]);
    const direct = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'];
    const names = direct.flatMap((kind) => Object.keys(MANIFEST[kind] ?? {}));

    expect(given.toSorted()).toEqual([...new Set(names)].toSorted());
  });
});

function codesOfSource(): string[] {
  const codes = readdirSync('src/errors')
    .map((file) => readFileSync(`src/errors/${file}`, 'utf8'))
    .flatMap((text) => /readonly code = '(ROWGUARD_\w+)'/.exec(text)?.[1] ?? []);
  return codes.toSorted();
}

function rowsBelow(text: string, heading: string): string[][] {
  const section = text.slice(text.indexOf(heading)).split(/^## /m)[1] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function isThere(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EISDIR';
  }
}
