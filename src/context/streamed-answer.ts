import { AsyncResource } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';

/**
 * A stream is read after its handler has answered, by whoever sends it, in a context without a
 * tenant. From here on its reads happen in the context of the caller.
 */
export function withOwnContext(answer: unknown): unknown {
  const stream: unknown = answer instanceof StreamableFile ? answer.getStream() : answer;
  if (stream instanceof Readable) stream._read = AsyncResource.bind(stream._read.bind(stream));
  return answer;
}
