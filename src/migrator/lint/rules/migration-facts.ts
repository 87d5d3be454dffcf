import type { RuleFacts } from '../rule.js';

/** What is found in a migration as a whole, or in what is said about findings. */
export const MIGRATION_FACTS = {
  dynamic: {
    id: 'D14',
    severity: 'destructive',
    title: 'A migration that asks the database, or stops without its answer',
    why: 'What it sends elsewhere may be something else than what was read here.',
    mend: 'Write plain statements; where that is not possible, a person has to approve it with a reason',
  },
  down: {
    id: 'N02',
    severity: 'style',
    title: 'A migration without a way down, or whose way down throws',
    why: 'A release that has to be taken back cannot be.',
    mend: 'Write down() as the inverse of up()',
  },
  history: {
    id: 'N03',
    severity: 'fails',
    title: 'Two migrations of one timestamp, or a name without its timestamp',
    why: 'Their order is not the same everywhere, and TypeORM refuses a name without a timestamp.',
    mend: 'Give each migration a timestamp of its own, at the end of its name',
  },
  reasonless: {
    id: 'L01',
    severity: 'style',
    title: 'An ignore without a reason',
    why: 'Nobody knows later whether it still holds; it does nothing.',
    mend: 'Write the reason behind a colon: db-ignore B01: the table has ten rows',
  },
  unused: {
    id: 'L02',
    severity: 'style',
    title: 'An ignore that nothing needs',
    why: 'It hides the finding that comes back one day.',
    mend: 'Delete it',
  },
} as const satisfies Readonly<Record<string, RuleFacts>>;
