import { UsageError } from '../errors/usage.error.js';
import { defineCommand } from './command.js';
import { ExitCode } from './exit-code.js';

export const keyRotate = defineCommand({
  name: 'key:rotate',
  summary: 'Give signed bindings a new key; the one before stays good for a while',
  options: {
    grace: {
      type: 'string',
      placeholder: '<seconds>',
      summary: 'How long that is (default: 600); 0 for a key that has leaked',
    },
  },
  examples: [
    { line: 'rowguard key:rotate', says: 'Running instances learn the new key by themselves' },
    {
      line: 'rowguard key:rotate --grace 0',
      says: 'At once; transactions that are running may be refused',
    },
  ],
  async run({ out, dataSource }, { grace }) {
    const given = grace === undefined ? {} : { graceSeconds: secondsOf(grace) };
    const source = await dataSource();
    const rotated = await source.visit('a new key for the signed binding', () =>
      source.rotateBindingKey(given),
    );
    out.print(
      `key ${rotated.id} is in use; those before it are good for ${rotated.graceSeconds} s`,
    );
    out.answer(rotated);
    return ExitCode.Ok;
  },
});

function secondsOf(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new UsageError({
    problem: `--grace takes whole seconds (given: ${JSON.stringify(text.slice(0, 60))})`,
    mend: 'Write a number such as 600, or leave it out',
  });
}
