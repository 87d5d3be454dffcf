import { readFileSync, writeFileSync } from 'node:fs';
import { OPTION_TABLE } from '../dist/option-table.js';

/** Writes the option table of the README from the code. Needs `npm run build` before. */
const [start, end] = ['<!-- options -->', '<!-- /options -->'];
const rows = OPTION_TABLE.map(
  ({ option, env, default: told, sentence }) =>
    `| \`${option}\` | ${env === undefined ? '' : `\`${env}\``} | \`${told}\` | ${sentence} |`,
);
const table = ['| option | environment | default | what it does |', '|---|---|---|---|', ...rows];
const readme = readFileSync('README.md', 'utf8');
const before = readme.slice(0, readme.indexOf(start) + start.length);
const after = readme.slice(readme.indexOf(end));
writeFileSync('README.md', `${before}\n\n${table.join('\n')}\n\n${after}`);
