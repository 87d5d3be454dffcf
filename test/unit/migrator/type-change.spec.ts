import { describe, expect, it } from '@jest/globals';
import { readColumn } from '../../../src/migrator/generate/column-definition.js';
import { typeChange } from '../../../src/migrator/generate/type-change.js';

const WIDER = [
  ['varchar(20)', 'varchar(40)', false],
  ['character varying(20)', 'text', false],
  ['character varying(20)', 'character varying', false],
  ['numeric(10,2)', 'numeric(12,2)', false],
  ['numeric(10,2)', 'numeric', false],
  ['numeric(10,2)', 'numeric(14,4)', true],
  ['int', 'bigint', true],
  ['smallint', 'integer', true],
  ['real', 'double precision', true],
] as const;

const NOT_WIDER = [
  ['varchar(40)', 'varchar(20)'],
  ['text', 'varchar(20)'],
  ['character varying', 'character varying(20)'],
  ['bigint', 'integer'],
  ['numeric(12,2)', 'numeric(10,2)'],
  ['numeric(10,2)', 'numeric(11,4)'],
  ['numeric', 'numeric(10,2)'],
  ['text', 'integer'],
  ['text', 'jsonb'],
  ['text', 'text array'],
  ['double precision', 'real'],
  ['timestamp without time zone', 'timestamp with time zone'],
] as const;

describe('another type of a column', () => {
  it.each(WIDER)('%s to %s is wider (every row is written anew: %s)', (from, to, rewrites) => {
    expect(typeChange(from, to)).toEqual({ isWidening: true, rewrites });
  });

  it.each(NOT_WIDER)('%s to %s is not', (from, to) => {
    expect(typeChange(from, to).isWidening).toBe(false);
  });
});

describe('the definition of a column', () => {
  it.each([
    ['integer', { type: 'integer', notNull: false, default: undefined, rest: '' }],
    [
      `character varying(40) NOT NULL DEFAULT 'it''s NOT NULL'`,
      {
        type: 'character varying(40)',
        notNull: true,
        default: `'it''s NOT NULL'`,
        rest: '',
      },
    ],
    [
      'TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now()',
      { type: 'TIMESTAMP(3) WITH TIME ZONE', notNull: true, default: 'now()', rest: '' },
    ],
    [
      'integer GENERATED ALWAYS AS (a + b) STORED',
      {
        type: 'integer',
        notNull: false,
        default: undefined,
        rest: 'GENERATED ALWAYS AS (a + b) STORED',
      },
    ],
  ])('%s is read', (text, expected) => {
    expect(readColumn(text)).toEqual(expected);
  });
});
