import { describe, expect, it } from '@jest/globals';
import {
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  validateSync,
} from 'class-validator';
import { Column, DataSource, Entity, type EntityMetadata } from 'typeorm';
import { ChoiceColumn } from '../../../src/entities/columns/choice.column.js';
import { CurrencyColumn, MoneyColumn } from '../../../src/entities/columns/money.column.js';
import {
  BigCountColumn,
  CountColumn,
  MeasureColumn,
} from '../../../src/entities/columns/number.column.js';
import { TextColumn } from '../../../src/entities/columns/text.column.js';
import {
  FlagColumn,
  IdColumn,
  JsonColumn,
  JsonListColumn,
  TimeColumn,
} from '../../../src/entities/columns/value.columns.js';
import { RowguardNamingStrategy, TenantEntity } from 'nestjs-rowguard';
import { problemsOfChanges } from '../../../src/validation/row-check.js';

const CANARY = 'canary-4711';

class Part {
  @IsString()
  name!: string;
}

/** Every column decorator there is, and the rules of class-validator that behave in a way of their own. */
@Entity()
class Everything extends TenantEntity {
  @TextColumn() text!: string;
  @TextColumn({ nullable: true, max: 5 }) short!: string | null;
  @TextColumn({ format: 'email', nullable: true }) email!: string | null;
  @TextColumn({ format: 'url', nullable: true }) url!: string | null;
  @TextColumn({ format: 'slug', matches: /^a/, nullable: true }) slug!: string | null;
  @ChoiceColumn(['red', 'blue'], { default: 'red' }) colour!: string;
  @MoneyColumn({ nullable: true }) price!: string | null;
  @MoneyColumn({ signed: true, nullable: true }) balance!: string | null;
  @CurrencyColumn() currency!: string;
  @CountColumn({ min: 2, max: 5, nullable: true }) count!: number | null;
  @BigCountColumn({ nullable: true }) bytes!: number | null;
  @MeasureColumn({ nullable: true }) score!: number | null;
  @TimeColumn({ nullable: true }) at!: Date | null;
  @FlagColumn(false) flag!: boolean;
  @JsonColumn({ nullable: true }) data!: object | null;
  @JsonListColumn({ nullable: true }) list!: unknown[] | null;
  @IdColumn({ nullable: true }) otherId!: string | null;

  @IsString({ each: true })
  @Length(2, 3, { each: true })
  @Column({ type: 'jsonb', nullable: true })
  tags!: string[] | null;

  @ValidateIf((row: Everything) => row.flag)
  @IsInt()
  @Min(3)
  @Column({ type: 'integer', nullable: true })
  whenFlagged!: number | null;

  @Matches(/^x/, { message: (given) => `${String(given.value)} is not what it should be` })
  @Matches(/x$/, { message: '$value is no $property of $target ($constraint1)' })
  @IsOptional()
  @Column({ type: 'text', nullable: true })
  quoted!: string | null;

  @ValidateBy({ name: 'isEven', validator: { validate: (value) => Number(value) % 2 === 0 } })
  @Column({ type: 'integer', nullable: true })
  even!: number | null;

  @ValidateNested({ each: true })
  @Column({ type: 'jsonb', nullable: true })
  parts!: Part[] | null;
}

const VALUES: readonly unknown[] = [
  null,
  '',
  'a',
  'abc',
  'abcdef',
  'x'.repeat(501),
  'red',
  'EUR',
  'a@b.example',
  'http://localhost/x',
  'a-b-c',
  '12.50',
  '-1.5',
  '1e3',
  'xyx',
  CANARY,
  0,
  1,
  2,
  3,
  4.5,
  6,
  -1,
  NaN,
  Infinity,
  2 ** 53,
  true,
  false,
  new Date(0),
  new Date(NaN),
  '2026-01-01',
  {},
  { a: 1 },
  [],
  ['ab', 'abc'],
  ['ab', 1],
  new Set(['ab']),
  Object.assign(new Part(), { name: 'p' }),
  [Object.assign(new Part(), { name: 1 })],
  [{}],
  '0190a000-0000-7000-8000-00000000000a',
];

describe('rules before a write', () => {
  it('find what validateSync finds, for random values of every kind of column', async () => {
    const metadata = await metadataOf(Everything);
    const random = randomOf(20_260_101);
    const names = metadata.columns.map((one) => one.propertyName).filter((one) => isOwn(one));

    for (let round = 0; round < 400; round++) {
      const row = new Everything() as unknown as Record<string, unknown>;
      for (const name of names) row[name] = VALUES[Math.floor(random() * VALUES.length)];
      const expected = new Map(validateSync(row).map((error) => [error.property, error]));
      const found = new Map(
        problemsOfChanges(metadata, row).map(({ field, problems }) => [field, problems]),
      );

      const nulled = names.filter(
        (name) => row[name] === null && !columnOf(metadata, name).isNullable,
      );
      expect([...found.keys()].toSorted()).toEqual(
        [...new Set([...expected.keys(), ...nulled])].toSorted(),
      );
      for (const [property, { constraints = {} }] of expected) {
        if (nulled.includes(property)) continue;
        const told = found.get(property)?.join('\n');
        for (const [rule, text] of Object.entries(constraints)) {
          // Two @Matches share one name there, and sentences that could quote are our own here.
          const ways = [text, `does not fit (${rule})`, 'must be either object or array'];
          const isTold = rule === 'matches' || ways.some((way) => told?.includes(way));
          expect([property, rule, text, isTold]).toEqual([property, rule, text, true]);
        }
      }
    }
  });

  it('never quote the value, even where the author of a rule did', async () => {
    const metadata = await metadataOf(Everything);

    const found = problemsOfChanges(metadata, {
      quoted: CANARY,
      tags: [CANARY],
      even: CANARY,
      text: CANARY.repeat(100),
      parts: [Object.assign(new Part(), { name: { CANARY } })],
    });

    expect(found.map((one) => one.field).toSorted()).toEqual([
      'even',
      'parts',
      'quoted',
      'tags',
      'text',
    ]);
    expect(JSON.stringify(found)).not.toContain(CANARY);
    expect(found.find((one) => one.field === 'quoted')?.problems.toSorted()).toEqual([
      'quoted does not fit (matches)',
      'the value is no quoted of Everything (/x$/)',
    ]);
  });
});

function columnOf(metadata: EntityMetadata, name: string) {
  return metadata.columns.find((one) => one.propertyName === name)!;
}

function isOwn(name: string): boolean {
  return (
    !['tenantId', 'id', 'createdAt', 'updatedAt', 'version'].includes(name) &&
    !name.startsWith('delete')
  );
}

async function metadataOf(entity: Function): Promise<EntityMetadata> {
  const source = new DataSource({
    type: 'postgres',
    entities: [entity],
    namingStrategy: new RowguardNamingStrategy(),
  });
  await (source as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
  return source.getMetadata(entity);
}

/** The same numbers on every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
