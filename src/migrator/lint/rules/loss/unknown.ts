import { type Rule, rule } from '../../rule.js';

const UNKNOWN = {
  id: 'D13',
  severity: 'destructive',
  title: 'SQL that cannot be read, or is put together when it runs',
  why: 'What nobody can read may do anything.',
  mend: 'Write the statement out; where that is not possible, a person has to approve it with a reason',
  good: "DO $$ BEGIN EXECUTE 'ANALYZE orders'; END $$",
} as const;

export const UNKNOWNS: readonly Rule[] = [
  rule('Dynamic', UNKNOWN, function* ({ expression }) {
    yield `what EXECUTE runs is known only when it runs: ${expression}`;
  }),
  rule('Unreadable', UNKNOWN, function* ({ message, location }) {
    yield { problem: `PostgreSQL's parser cannot read it: ${message}`, at: location };
  }),
];
