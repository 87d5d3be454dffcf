import { describe, expect, it } from '@jest/globals';
import { uuidV7 } from 'nestjs-rowguard';

describe('UUIDs of version 7', () => {
  const many = Array.from({ length: 20_000 }, uuidV7);

  it('carry the version, the variant and the time', () => {
    for (const one of many.slice(0, 100)) {
      expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    const ms = Number.parseInt((many[0] ?? '').replaceAll('-', '').slice(0, 12), 16);
    expect(Math.abs(Date.now() - ms)).toBeLessThan(60_000);
  });

  it('are unique, and ordered as they were made', () => {
    expect(new Set(many).size).toBe(many.length);
    expect(many).toEqual(many.toSorted());
  });
});
