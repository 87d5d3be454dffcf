import type { LocatedFinding } from '../finding.js';
import { CATALOGUE } from '../rules/catalogue.js';
import type { FormatInput, PlaceOf } from './lint-format.js';

const SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const PAGE = 'https://www.npmjs.com/package/nestjs-rowguard';

/** SARIF 2.1.0, which code scanners read. */
export function lintSarif({ report, placeOf, version }: FormatInput): string {
  const ids = [...new Set(report.findings.map(({ rule }) => rule))];
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'rowguard', version, informationUri: PAGE, rules: ids.map(ruleOf) },
        },
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((one) => resultOf(one, ids.indexOf(one.rule), placeOf)),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

function ruleOf(id: string): object {
  const facts = CATALOGUE.find((one) => one.id === id);
  if (!facts) return { id };
  return {
    id,
    shortDescription: { text: facts.title },
    fullDescription: { text: facts.why },
    help: { text: `${facts.mend}.${facts.good ? `\n\n${facts.good}` : ''}` },
    defaultConfiguration: { level: facts.severity === 'style' ? 'note' : 'error' },
  };
}

function resultOf(finding: LocatedFinding, ruleIndex: number, placeOf: PlaceOf): object {
  const { rule, severity, migration, statement, problem, mend, lineText } = finding;
  const place = placeOf(finding);
  const logical = { fullyQualifiedName: `${migration}#${statement}`, kind: 'member' };
  return {
    ruleId: rule,
    ruleIndex,
    level: severity === 'style' ? 'note' : 'error',
    message: { text: `${problem}. ${mend}.` },
    locations: [
      {
        ...(place
          ? {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(place.file.replaceAll('\\', '/')) },
                region: {
                  startLine: place.line,
                  ...(place.column === undefined ? {} : { startColumn: place.column }),
                  ...(lineText === '' ? {} : { snippet: { text: lineText } }),
                },
              },
            }
          : {}),
        logicalLocations: [logical],
      },
    ],
    partialFingerprints: { 'rowguard/v1': `${migration}:${statement}:${rule}` },
  };
}
