import { fileURLToPath } from 'node:url';

/** The folder of this package, as frames of a stack name it: src or dist. */
const OWN_FOLDER = fileURLToPath(new URL('../..', import.meta.url));
const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*:\d+:\d+)\)?$/;

/** The first place in a stack that is the application's own: neither Node's, nor a package's, nor ours. */
export function placeInCode(stack: string | undefined): string | undefined {
  for (const line of (stack ?? '').split('\n').slice(1)) {
    const place = FRAME.exec(line.trimEnd())?.[1];
    if (place === undefined) continue;
    const file = place.startsWith('file://') ? pathOf(place) : place;
    if (!file.startsWith(OWN_FOLDER) && !/[\\/]node_modules[\\/]/.test(file)) return file;
  }
  return undefined;
}

function pathOf(place: string): string {
  const position = /:\d+:\d+$/.exec(place)?.[0] ?? '';
  return `${fileURLToPath(place.slice(0, place.length - position.length))}${position}`;
}
