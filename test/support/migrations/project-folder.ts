import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

/** A folder as a project has it, to write migrations into, compile and load them. */
export class ProjectFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'rowguard-project-'));

  constructor() {
    writeFileSync(join(this.path, 'package.json'), '{ "type": "module" }');
    symlinkSync(join(process.cwd(), 'node_modules'), join(this.path, 'node_modules'));
  }

  /** What the compiler complains about, in the strictest form. */
  complaints(files: readonly string[]): string[] {
    const program = ts.createProgram(
      files.map((file) => join(this.path, file)),
      {
        strict: true,
        noEmit: true,
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        verbatimModuleSyntax: true,
        skipLibCheck: true,
        types: [],
      },
    );
    return ts
      .getPreEmitDiagnostics(program)
      .map((one) => ts.flattenDiagnosticMessageText(one.messageText, '\n'));
  }

  /** The classes that compiled files export. */
  async load(
    files: readonly { readonly file: string; readonly text: string }[],
  ): Promise<Function[]> {
    const classes: Function[] = [];
    for (const { file, text } of files) {
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      });
      const path = join(this.path, `${file.replaceAll(/\W/g, '_')}.mjs`);
      writeFileSync(path, outputText);
      const exported = (await import(pathToFileURL(path).href)) as Record<string, Function>;
      classes.push(...Object.values(exported));
    }
    return classes;
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
