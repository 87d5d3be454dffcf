import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DOMAIN_NAMES, partsOf } from '../../../src/domain-catalog.js';
import { cli } from '../../support/cli-run.js';

const REWRITE = 'npm run write:diagrams';
const DOMAINS = DOMAIN_NAMES.filter((name) =>
  partsOf('all').some((part) => part.name === name && part.entities.length > 0),
);

describe('the diagrams of the README', () => {
  it('are there for every domain that has tables, and for no other', () => {
    const region = between('<!-- diagrams -->', '<!-- /diagrams -->');
    const shown = [...region.matchAll(/<summary>(\w+)<\/summary>/g)].map((match) => match[1]);

    expect({ shown, rewriteWith: REWRITE }).toEqual({ shown: DOMAINS, rewriteWith: REWRITE });
  });

  it.each(DOMAINS)('show %s as its entities are', async (domain) => {
    const { stdout } = await cli(['schema:diagram', '--domain', domain]);

    const shown = between(`<summary>${domain}</summary>\n\n\`\`\`mermaid\n`, '```');

    expect({ shown, rewriteWith: REWRITE }).toEqual({ shown: stdout, rewriteWith: REWRITE });
  });
});

function between(start: string, end: string): string {
  const readme = readFileSync('README.md', 'utf8');
  const at = readme.indexOf(start);
  return at < 0 ? '' : readme.slice(at + start.length, readme.indexOf(end, at + start.length));
}
