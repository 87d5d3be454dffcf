import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type AuditProof, type SealedRow, checkProof } from 'nestjs-rowguard';
import { signedSeal } from '../../../src/audit/seal/audit-seal-record.js';
import { merklePath, merkleRoot } from '../../../src/audit/seal/merkle.js';
import { leafOf } from '../../../src/audit/seal/sealed-row.js';

const KEY = generateKeyPairSync('ed25519');
const ROW: SealedRow = {
  epoch: 0,
  tx: '731',
  id: '4',
  at: '2026-11-21T10:00:00.123Z',
  tenantId: '0190a000-0000-7000-8000-000000000001',
  actorType: 'user',
  actorId: 'ann',
  onBehalfOf: null,
  requestId: 'request-1',
  traceId: null,
  source: 'trigger',
  op: 'update',
  schemaName: 'public',
  tableName: 'accounts',
  entity: 'LedgerAccount',
  action: null,
  pk: '{"id": "7"}',
  meta: '{}',
  diff: '{"balance": [1.10, 2.20]}',
  salt: '00ff',
  diffHash: null,
};

const rows = Array.from({ length: 6 }, (_, nr) => ({ ...ROW, id: String(nr) }));
const leaves = Buffer.concat(rows.map(leafOf));
const seal = signedSeal(
  {
    seq: 1,
    kind: 'rows',
    epoch: 0,
    fromTx: 731,
    fromId: 0,
    toTx: 731,
    toId: 5,
    minId: 0,
    maxId: 5,
    minAt: ROW.at,
    maxAt: ROW.at,
    nextTx: 732,
    count: 6,
    total: 6,
    root: merkleRoot(leaves).toString('hex'),
    placesHash: '',
    sealedAt: ROW.at,
    month: null,
    receipt: null,
    prevSealHash: null,
  },
  { keyId: 'k', privateKey: KEY.privateKey },
);
const PROOF: AuditProof = {
  version: 1,
  seal,
  index: 4,
  path: merklePath(leaves, 4).map((one) => one.toString('hex')),
};

describe('a proof of an audit row', () => {
  it('holds for the row that was sealed, with the public key alone', () => {
    const pem = KEY.publicKey.export({ type: 'spki', format: 'pem' });

    expect(checkProof(PROOF, ROW, pem)).toEqual({ valid: true, problem: undefined });
  });

  it.each(Object.keys(ROW) as (keyof SealedRow)[])('does not hold if %s is another', (field) => {
    const other = field === 'at' ? '2026-11-21T10:00:00.124Z' : field === 'salt' ? '00fe' : '9';
    const changed =
      field === 'epoch'
        ? { ...ROW, epoch: 1 }
        : field === 'tenantId'
          ? { ...ROW, tenantId: ROW.tenantId.replace('1', '2') }
          : field === 'diffHash'
            ? { ...ROW, diff: null, salt: null, diffHash: '00' }
            : { ...ROW, [field]: other };

    expect(checkProof(PROOF, changed, KEY.publicKey).valid).toBe(false);
  });

  it('tells null from an empty text, and one field from the next', () => {
    const swapped = { ...ROW, actorId: ROW.requestId, requestId: ROW.actorId };

    expect(leafOf({ ...ROW, action: '' })).not.toEqual(leafOf(ROW));
    expect(leafOf(swapped)).not.toEqual(leafOf(ROW));
  });

  it.each<[string, unknown, string]>([
    ['of another version', { ...PROOF, version: 2 }, 'version 2'],
    ['of another place', { ...PROOF, index: 3 }, 'not what was sealed'],
    ['of a place that there is not', { ...PROOF, index: 6 }, 'none of the number 6'],
    ['with a path cut short', { ...PROOF, path: [] }, 'not what was sealed'],
    ['with a path of words', { ...PROOF, path: ['x'] }, 'no hash'],
    ['with another root', { ...PROOF, seal: { ...seal, root: '00' } }, 'hash does not fit'],
    ['with another signature', { ...PROOF, seal: { ...seal, sig: 'AAAA' } }, 'signature'],
    ['that is nothing', undefined, 'no proof'],
    ['that is empty', {}, 'version'],
  ])('does not hold, and does not throw, if it is one %s', (_, proof, problem) => {
    const check = checkProof(proof as AuditProof, ROW, KEY.publicKey);

    expect(check).toMatchObject({ valid: false });
    expect(check.problem).toContain(problem);
  });

  it('does not hold with the key of somebody else', () => {
    const other = generateKeyPairSync('ed25519').publicKey;

    expect(checkProof(PROOF, ROW, other).valid).toBe(false);
  });

  it.each([
    ['nothing', undefined],
    ['no PEM', 'abc'],
    ['an RSA key', rsa()],
  ])('refuses %s in place of a public key', (_, key) => {
    expect(() => checkProof(PROOF, ROW, key as string)).toThrow(
      expect.objectContaining({ code: 'ROWGUARD_INPUT_INVALID' }),
    );
  });
});

function rsa(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return String(publicKey.export({ type: 'spki', format: 'pem' }));
}
