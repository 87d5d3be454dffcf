import { createHash } from 'node:crypto';
import type {
  ArtifactContent,
  ArtifactVersion,
} from '../../entities/artifacts/artifact-version.entity.js';
import { ContentDamagedError } from '../../errors/content-damaged.error.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';

type StoredContent = Pick<ArtifactVersion, 'text' | 'data' | 'contentHash'>;

/** The columns of a content, with its hash. */
export function storedContent(content: ArtifactContent): StoredContent {
  if (typeof content === 'string')
    return { text: content, data: null, contentHash: sha256(content) };
  const data = plainData(content);
  return { text: null, data, contentHash: sha256(canonical(data)) };
}

/** The content as it was written, or ContentDamagedError. */
export function checkedContent(version: ArtifactVersion): ArtifactContent {
  const { text, data, contentHash, number } = version;
  const content = text ?? data;
  const actual = text === null ? canonical(data) : text;
  if (content !== null && sha256(actual) === contentHash) return content;
  throw new ContentDamagedError({
    problem: `The content of version ${number} does not match the hash that was stored with it`,
    mend: 'Bring the row back from a backup, or restore another version',
    given: { entity: 'ArtifactVersion', artifactId: version.artifactId, number },
  });
}

/** As JSON carries it: what cannot be carried has to be refused before it is hashed. */
function plainData(content: unknown): Record<string, unknown> | unknown[] {
  let plain: unknown;
  try {
    plain = JSON.parse(JSON.stringify(content) ?? 'null');
  } catch (cause) {
    throw noContent('The content cannot be written as JSON', cause);
  }
  if (typeof plain === 'object' && plain !== null) return plain as Record<string, unknown>;
  throw noContent('The content is neither a text nor an object nor a list');
}

/** PostgreSQL keeps the values of jsonb, and not the order of its keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function noContent(problem: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError({
    problem,
    mend: 'Pass a text, or an object or a list that JSON can carry',
    ...(cause === undefined ? {} : { cause }),
  });
}
