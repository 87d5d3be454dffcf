import { describe, expect, it } from '@jest/globals';
import { getMetadataArgsStorage } from 'typeorm';
import { schema } from 'nestjs-rowguard/schema';
import { partsOf } from '../../../src/domain-catalog.js';

const shipped = partsOf('all').flatMap((part) => part.entities);

describe('schema, the map of the tables', () => {
  it('holds every shipped class exactly once', () => {
    const held: readonly Function[] = Object.values(schema);

    expect(new Set(held)).toEqual(new Set(shipped));
    expect(held).toHaveLength(shipped.length);
  });

  it.each(shipped.map((entity) => [tableOf(entity), entity] as const))(
    'names the class of %s after it',
    (table, entity) => {
      const key = table.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

      expect(schema[key as keyof typeof schema]).toBe(entity);
    },
  );
});

function tableOf(entity: Function): string {
  const { name } = getMetadataArgsStorage().tables.find(({ target }) => target === entity) ?? {};
  if (name === undefined) throw new Error(`${entity.name} has no table`);
  return name;
}
