import { type DataSource, LessThan } from 'typeorm';
import { TenantContext } from '../../context/tenant-context.js';
import { Session } from '../../entities/identity/session.entity.js';
import { VerificationToken } from '../../entities/identity/verification-token.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { DomainRepository } from '../domain.repository.js';

export interface PurgedLogins {
  readonly sessions: number;
  readonly verificationTokens: number;
}

/** Sessions are better-auth's; here they are cleared away. */
export class SessionRepository extends DomainRepository<Session> {
  constructor(source: DataSource) {
    super(Session, source);
  }

  /** Deletes for good what expired before the moment given. For a job that runs now and then. */
  async purgeExpired(before: Date = new Date()): Promise<PurgedLogins> {
    if (!(before instanceof Date) || !(before.getTime() <= Date.now())) throw notPast();
    const expired = { expiresAt: LessThan(before) };
    return TenantContext.runAsSystem('purging expired sessions and tokens', async () => {
      const sessions = await this.manager.delete(Session, expired);
      const tokens = await this.manager.delete(VerificationToken, expired);
      return { sessions: sessions.affected ?? 0, verificationTokens: tokens.affected ?? 0 };
    });
  }
}

function notPast(): InvalidInputError {
  return new InvalidInputError({
    problem: 'before is no moment in the past',
    mend: 'Leave it out for all that has expired by now; living sessions are ended by better-auth',
  });
}
