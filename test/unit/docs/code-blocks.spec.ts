import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { type CodeBlock, blocksOf, pages } from './code-blocks.js';

const BLOCKS = pages()
  .flatMap(blocksOf)
  .filter((block) => block.language === 'ts');

const WRONG: CodeBlock = {
  place: 'nowhere',
  language: 'ts',
  text: "import { Nothing } from 'nestjs-rowguard';\nnew Nothing();",
};

describe('the code of the documentation', () => {
  let problems: Map<string, string[]>;

  beforeAll(() => {
    problems = compile([...BLOCKS, WRONG]);
  }, 60_000);

  it('is there', () => {
    expect(BLOCKS.length).toBeGreaterThan(15);
  });

  it.each(BLOCKS)('compiles: $place', ({ place }) => {
    expect(problems.get(place)).toEqual([]);
  });

  it('would be refused if it did not compile', () => {
    expect(problems.get(WRONG.place)).toEqual([expect.stringContaining('Nothing')]);
  });
});

/** Each block is a module of its own; all are compiled in one program, against src. */
function compile(blocks: readonly CodeBlock[]): Map<string, string[]> {
  const options = compilerOptions();
  const files = new Map(blocks.map((block, at) => [resolve(`docs-block-${at}.ts`), block]));
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => files.has(file) || disk.fileExists(file),
    readFile: (file) => textOf(files.get(file)) ?? disk.readFile(file),
    getSourceFile: (file, ...rest) => {
      const text = textOf(files.get(file));
      return text === undefined
        ? disk.getSourceFile(file, ...rest)
        : ts.createSourceFile(file, text, ts.ScriptTarget.ES2023);
    },
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return new Map(
    [...files].map(([file, { place }]) => {
      const source = program.getSourceFile(file);
      const found = [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ];
      return [place, found.map((one) => ts.flattenDiagnosticMessageText(one.messageText, '\n'))];
    }),
  );
}

function textOf(block: CodeBlock | undefined): string | undefined {
  return block && `${block.text}\nexport {};\n`;
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile('tsconfig.json', (file) => readFileSync(file, 'utf8')) as {
    config: object;
  };
  return ts.parseJsonConfigFileContent(config, ts.sys, process.cwd()).options;
}
