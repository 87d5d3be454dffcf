import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { DOMAIN_NAMES, partsOf } from '../dist/domain-catalog.js';

/** Draws each shipped domain into the README. Needs `npm run build` before, as `npm run write:diagrams` does. */
const [start, end] = ['<!-- diagrams -->', '<!-- /diagrams -->'];
const drawn = DOMAIN_NAMES.filter((name) =>
  partsOf('all').some((part) => part.name === name && part.entities.length > 0),
);
const sections = drawn.map(
  (name) =>
    `<details>\n<summary>${name}</summary>\n\n\`\`\`mermaid\n${draw(name)}\`\`\`\n\n</details>`,
);
const readme = readFileSync('README.md', 'utf8');
const before = readme.slice(0, readme.indexOf(start) + start.length);
const after = readme.slice(readme.indexOf(end));
writeFileSync('README.md', `${before}\n\n${sections.join('\n\n')}\n\n${after}`);

function draw(domain) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/cli/main.js', 'schema:diagram', '--domain', domain],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${domain} cannot be drawn: ${stderr}`);
  return stdout;
}
