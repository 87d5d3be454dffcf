import { EntityRefusedError } from '../errors/entity-refused.error.js';

export const AUDIT_CAPTURES = ['trigger', 'orm'] as const;

/** Who writes: the database itself, whatever sent the statement, or the application. */
export type AuditCapture = (typeof AUDIT_CAPTURES)[number];

export interface AuditedOptions {
  /** Default: what the option `audit.capture` of the module says, which is `trigger`. */
  readonly capture?: AuditCapture;
  /** Properties that are never recorded; a change of these alone leaves no row. */
  readonly exclude?: readonly string[];
  /** Properties whose changes are recorded, and whose values never are. */
  readonly mask?: readonly string[];
  /** Properties that are recorded beside others; a change of these alone leaves no row. */
  readonly ignore?: readonly string[];
  /** What happens to the change if it cannot be recorded. Default: it fails. */
  readonly onError?: 'fail' | 'warn';
}

const LISTS = ['exclude', 'mask', 'ignore'] as const;
const KNOWN: readonly string[] = [...LISTS, 'capture', 'onError'];

const marks = new WeakMap<Function, AuditedOptions>();

/** Every change of the entity's rows is remembered in audit_logs, in the same transaction. */
export function Audited(options: AuditedOptions = {}): ClassDecorator {
  return (target) => {
    checkOptions(target.name, options);
    marks.set(target, Object.freeze({ ...options }));
  };
}

/** How the rows of a class are audited; a subclass is audited like the class that it extends. */
export function auditedMark(target: Function): AuditedOptions | undefined {
  for (let one: unknown = target; typeof one === 'function'; one = Object.getPrototypeOf(one)) {
    const mark = marks.get(one);
    if (mark) return mark;
  }
  return undefined;
}

function checkOptions(name: string, options: AuditedOptions): void {
  const { capture = 'trigger', onError = 'fail' } = options;
  const unknown = Object.keys(options).find((key) => !KNOWN.includes(key));
  if (unknown) throw refused(name, `${unknown} is no option`);
  if (!AUDIT_CAPTURES.includes(capture)) throw refused(name, "capture is 'trigger' or 'orm'");
  if (!['fail', 'warn'].includes(onError)) throw refused(name, "onError is 'fail' or 'warn'");
  for (const list of LISTS) {
    const properties: unknown = options[list] ?? [];
    if (Array.isArray(properties) && properties.every((one) => typeof one === 'string')) continue;
    throw refused(name, `${list} is a list of property names`);
  }
}

function refused(name: string, problem: string): EntityRefusedError {
  return new EntityRefusedError({
    problem: `@Audited on ${name}: ${problem}`,
    mend: `Give an object with any of ${KNOWN.join(', ')}, or nothing`,
    given: { entity: name },
  });
}
