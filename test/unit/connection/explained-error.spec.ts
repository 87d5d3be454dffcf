import { describe, expect, it } from '@jest/globals';
import { type DataSource, QueryFailedError } from 'typeorm';
import { ConstraintViolatedError, isForeignKeyViolation } from 'nestjs-rowguard';
import { explained } from '../../../src/connection/explained-error.js';

const NO_ENTITIES = { entityMetadatas: [] } as unknown as DataSource;

function violation(facts: object): ConstraintViolatedError {
  const driverError = Object.assign(new Error('refused'), { detail: 'Key (id)=(secret)' }, facts);
  return explained(
    new QueryFailedError('insert', ['secret'], driverError),
    NO_ENTITIES,
  ) as ConstraintViolatedError;
}

describe('a violation that no entity knows', () => {
  it.each([
    ['23505', 'ROWGUARD_UNIQUE_VIOLATION'],
    ['23502', 'ROWGUARD_NOT_NULL_VIOLATION'],
    ['23514', 'ROWGUARD_CHECK_VIOLATION'],
    ['23P01', 'ROWGUARD_EXCLUSION_VIOLATION'],
    ['23503', 'ROWGUARD_REFERENCE_MISSING'],
    ['23001', 'ROWGUARD_ROW_REFERENCED'],
  ])('is typed by %s, and quotes nothing', (code, expected) => {
    const error = violation({ code, table: 'strangers', constraint: 'of_strangers' });

    expect(error).toMatchObject({
      code: expected,
      table: 'strangers',
      constraint: 'of_strangers',
      properties: [],
    });
    expect(JSON.stringify([error.message, error.given, error.meaning])).not.toContain('secret');
  });

  it.each([
    ['insert or update on table "a" violates foreign key constraint "f"', false],
    ['update or delete on table "a" violates foreign key constraint "f" on table "b"', true],
    ['Einfügen oder Aktualisieren in Tabelle »a« verletzt Fremdschlüssel-Constraint »f«', false],
    [
      'Aktualisieren oder Löschen in Tabelle »a« verletzt Fremdschlüssel-Constraint »f« von Tabelle »b«',
      true,
    ],
    ['une instruction insert ou update sur la table « a » viole la contrainte « f »', false],
    ['UPDATE ou DELETE sur la table « a » viole la contrainte « f » de la table « b »', true],
  ])('tells both ends of a foreign key apart, in any language: %s', (message, isReferenced) => {
    const error = violation({ code: '23503', message });

    expect(error.code).toBe(
      isReferenced ? 'ROWGUARD_ROW_REFERENCED' : 'ROWGUARD_REFERENCE_MISSING',
    );
    expect(isForeignKeyViolation(error)).toBe(true);
  });
});
