import { lintGithub } from './github.js';
import { lintJson } from './json.js';
import type { FormatInput, LintFormat } from './lint-format.js';
import { lintMarkdown } from './markdown.js';
import { lintSarif } from './sarif.js';
import { lintText } from './tty.js';

const FORMATS: Readonly<Record<LintFormat, (input: FormatInput) => string>> = {
  tty: lintText,
  json: lintJson,
  sarif: lintSarif,
  github: lintGithub,
  markdown: lintMarkdown,
};

export function formatted(format: LintFormat, input: FormatInput): string {
  return FORMATS[format](input);
}
