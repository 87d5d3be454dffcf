import { createHash } from 'node:crypto';
import { uuidV7 } from '../../entities/uuid-v7.js';
import { BadEntries, requireList } from '../bad-entries.js';
import { isObject } from '../../validation/checked-object.js';

/** What a result rests on; its study is that of the result. */
export interface NewEvidence {
  readonly resultId: string;
  /** Such as screenshot, html or response. */
  readonly kind: string;
  /** Text is stored as UTF-8. */
  readonly content: string | Uint8Array;
  readonly contentType?: string;
}

const LARGEST_CONTENT = 64 * 1024 * 1024;

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function checkedEvidence(entries: unknown): NewEvidence[] {
  requireList(entries, 'list of evidence');
  const bad = new BadEntries('list of evidence');
  entries.forEach((entry, index) => {
    if (!isObject(entry)) return bad.add(index, 'is no object');
    const { resultId, kind, content } = entry as { readonly [Key in keyof NewEvidence]?: unknown };
    if (typeof resultId !== 'string') bad.add(index, 'has no resultId');
    if (typeof kind !== 'string' || kind === '') bad.add(index, 'has no kind');
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) {
      bad.add(index, 'has a content that is neither text nor bytes');
    } else if (content.length > LARGEST_CONTENT) bad.add(index, 'has more than 64 MiB of content');
  });
  bad.throwIfAny();
  return entries as unknown as NewEvidence[];
}

/** The row with everything that follows from the content. */
export function evidenceRow(entry: NewEvidence, studyId: string) {
  const content = Buffer.from(entry.content as string, 'utf8');
  const { resultId, kind, contentType } = entry;
  const textual = typeof entry.content === 'string' ? { contentType: 'text/plain' } : {};
  return {
    id: uuidV7(),
    studyId,
    resultId,
    kind,
    ...(contentType === undefined ? textual : { contentType }),
    content,
    contentHash: sha256(content),
    sizeBytes: content.byteLength,
  };
}
