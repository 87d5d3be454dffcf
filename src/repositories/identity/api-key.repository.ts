import { AsyncResource } from 'node:async_hooks';
import { type DataSource, IsNull } from 'typeorm';
import { TenantContext } from '../../context/tenant-context.js';
import { ApiKey } from '../../entities/identity/api-key.entity.js';
import { Membership } from '../../entities/identity/membership.entity.js';
import { Tenant } from '../../entities/identity/tenant.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { RowNotFoundError } from '../../errors/row-not-found.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { checkedId, checkedText } from '../checked-input.js';
import { DomainRepository } from '../domain.repository.js';
import { newApiKeySecret, readApiKeySecret } from './api-key-secret.js';
import { checkedWords } from './checked-words.js';

export interface NewApiKey {
  readonly name: string;
  readonly scopes?: readonly string[];
  /** The member whose key it is; the key ends with the membership. */
  readonly userId?: string;
  readonly expiresAt?: Date;
}

export interface IssuedApiKey {
  readonly key: ApiKey;
  /** Shown this once: only its hash is stored. */
  readonly secret: string;
}

const LONGEST_NAME = 200;
/** A key in constant use is not written to for every request. */
const TOUCH_INTERVAL_MS = 60_000;

/** Keys for programs. What is stored is a hash; nobody can read a key back. */
export class ApiKeyRepository extends DomainRepository<ApiKey> {
  /** Where a touch runs: outside of the request, whose transaction it must not join. */
  private readonly outside = new AsyncResource('ApiKeyTouch');
  private readonly touches = new Set<Promise<unknown>>();

  constructor(source: DataSource) {
    super(ApiKey, source);
  }

  /** Makes a key for the tenant in hand. */
  async issue(given: NewApiKey): Promise<IssuedApiKey> {
    const { name, scopes = [], userId, expiresAt } = checkedObject('The new key', given);
    const { tenantId } = TenantContext.require();
    const values = {
      name: checkedText('name', name, LONGEST_NAME),
      scopes: checkedWords('scopes', scopes),
      userId: userId === undefined ? null : checkedId('userId', userId),
      expiresAt: checkedExpiry(expiresAt),
    };
    if (values.userId !== null) await this.requireMember(values.userId);
    const { secret, prefix, keyHash } = newApiKeySecret(tenantId);
    const { id } = await this.create({ ...values, prefix, keyHash });
    return { key: await this.getById(id), secret };
  }

  /**
   * The key that this secret belongs to, or null: for a guard, before any tenant is known. Null
   * also for a key that is revoked or expired, whose member is not active, or whose tenant is not.
   */
  async verify(secret: string): Promise<ApiKey | null> {
    const named = readApiKeySecret(secret);
    if (!named) return null;
    // The key is looked up as the tenant that it names: a wrong name finds nothing.
    const work = () => this.findUsable(named.keyHash);
    const key = await TenantContext.run({ tenantId: named.tenantId }, work);
    if (key) this.touch(key);
    return key;
  }

  /** Ends a key at once; to end it twice changes nothing. */
  async revoke(id: string): Promise<ApiKey> {
    const keyId = checkedId('id', id);
    const where = { id: keyId, revokedAt: IsNull() };
    const [revoked] = await this.updateReturning(where, { revokedAt: new Date() });
    return revoked ?? this.getById(keyId);
  }

  /** The keys of the tenant, or of one member, the newest first. */
  async list(owner: { readonly userId?: string } = {}): Promise<ApiKey[]> {
    const { userId } = checkedObject('owner', owner);
    const where = userId === undefined ? {} : { userId: checkedId('userId', userId) };
    return this.find({ where, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /** Waits for the notes of last use that are under way: before a data source is closed. */
  async settled(): Promise<void> {
    await Promise.all(this.touches);
  }

  private findUsable(keyHash: string): Promise<ApiKey | null> {
    return this.createQueryBuilder('apiKey')
      .leftJoin('apiKey.user', 'member')
      .innerJoin(Tenant, 'tenant', 'tenant.id = apiKey.tenantId')
      .where('apiKey.keyHash = :keyHash', { keyHash })
      .andWhere('apiKey.revokedAt IS NULL')
      .andWhere('(apiKey.expiresAt IS NULL OR apiKey.expiresAt > now())')
      .andWhere("(apiKey.userId IS NULL OR (member.state = 'active' AND member.deletedAt IS NULL))")
      .andWhere("tenant.state = 'active' AND tenant.deletedAt IS NULL")
      .getOne();
  }

  private async requireMember(userId: string): Promise<void> {
    if (await this.manager.existsBy(Membership, { id: userId })) return;
    throw new RowNotFoundError({
      problem: 'No Membership with this id is to be found',
      mend: 'A key belongs to a member of the tenant, or to nobody',
      given: { entity: 'Membership' },
    });
  }

  private touch({ id, tenantId, lastUsedAt }: ApiKey): void {
    const now = new Date();
    if (lastUsedAt && now.getTime() - lastUsedAt.getTime() < TOUCH_INTERVAL_MS) return;
    const note = this.outside.runInAsyncScope(() =>
      TenantContext.run({ tenantId }, () => this.updateReturning({ id }, { lastUsedAt: now })),
    );
    // Nobody waits for it, and a key that cannot be noted down is as good as before.
    const settled = note.catch(() => undefined).finally(() => this.touches.delete(settled));
    this.touches.add(settled);
  }
}

function checkedExpiry(expiresAt: Date | undefined): Date | null {
  if (expiresAt === undefined) return null;
  if (expiresAt instanceof Date && expiresAt.getTime() > Date.now()) return expiresAt;
  throw new InvalidInputError({
    problem: 'expiresAt is no moment in the future',
    mend: 'Pass a Date, or leave it out for a key that does not expire',
  });
}
