import { InvalidInputError } from '../../errors/invalid-input.error.js';

const FORM = /^([\w$]+)@([0-9a-f]{8,64})$/;

/** Somebody has read a migration and says that it may lose what it loses. */
export interface Approval {
  readonly name: string;
  /** At least the first eight digits of the checksum: an edit takes the approval away. */
  readonly hash: string;
  readonly by?: string;
  readonly reason?: string;
}

/** `AddNotes1767225600000@1f0c99d2`, as it is printed where an approval is missing. */
export function readApproval(text: string): Approval {
  const [, name, hash] = (typeof text === 'string' && FORM.exec(text.trim())) || [];
  if (name !== undefined && hash !== undefined) return { name, hash };
  throw new InvalidInputError({
    problem: `The approval ${JSON.stringify(text)} cannot be read`,
    mend: 'Write the name of the migration, @ and the first eight digits of its hash, as rowguard migration:show --pending prints them',
  });
}

/** From ROWGUARD_APPROVE: several are separated by commas or spaces. */
export function readApprovals(text: string | undefined): readonly Approval[] {
  return (text ?? '')
    .split(/[\s,]+/)
    .filter((one) => one !== '')
    .map(readApproval);
}

export function approvalFor(
  approvals: readonly Approval[],
  name: string,
  checksum: string | null,
): Approval | undefined {
  if (checksum === null) return undefined;
  return approvals.find((one) => one.name === name && checksum.startsWith(one.hash));
}
