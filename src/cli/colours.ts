import type { CliHost, TextStream } from './cli-host.js';

const CODES = { red: [31, 39], green: [32, 39], yellow: [33, 39], bold: [1, 22], dim: [2, 22] };

export type Colour = keyof typeof CODES;
export type Paint = (colour: Colour, text: string) => string;

/** Whoever forbids colours wins over whoever asks for them. */
export function isColoured(
  stream: TextStream,
  environment: CliHost['environment'],
  isForbidden: boolean,
): boolean {
  if (isForbidden || environment['NO_COLOR']) return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}

export function painter(isOn: boolean): Paint {
  if (!isOn) return (_, text) => text;
  return (colour, text) => {
    const [on, off] = CODES[colour];
    return `\u001B[${on}m${text}\u001B[${off}m`;
  };
}
