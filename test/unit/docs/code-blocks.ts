import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface CodeBlock {
  /** Where it stands, as an editor understands it. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

export function pages(): string[] {
  const folders = ['docs', 'docs/decisions'];
  const inDocs = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.md'))
      .map((file) => join(folder, file)),
  );
  return ['README.md', 'CONTRIBUTING.md', ...inDocs];
}

export function blocksOf(page: string): CodeBlock[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    place: `${page}:${text.slice(0, match.index).split('\n').length + 1}`,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
}
