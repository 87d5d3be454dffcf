import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../../errors/usage.error.js';

type Write = (text: string) => Promise<void>;

/** A file that is there when all of it was written, and not before. */
export async function writeWhole<T>(
  name: string,
  directory: string,
  work: (write: Write) => Promise<T>,
): Promise<T> {
  const path = resolve(directory, name);
  const part = `${path}.part`;
  const file = await open(part, 'w', 0o600).catch((cause: unknown) => {
    throw unusable(name, cause);
  });
  try {
    const answer = await work((text) => file.appendFile(text));
    await file.close();
    await rename(part, path).catch((cause: unknown) => {
      throw unusable(name, cause);
    });
    return answer;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

function unusable(name: string, cause: unknown): UsageError {
  return new UsageError({
    problem: `The file ${name} cannot be written`,
    mend: 'Name another file with --out, in a folder that exists',
    cause,
  });
}
