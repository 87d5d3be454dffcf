const taken = new Set<string>();
/** What ends the reports of whoever had a label before, once somebody else has it. */
const retired = new Map<string, () => void>();

/**
 * Pools of two data sources must not report under one name, or their numbers would overwrite each
 * other: the second of a name is `default#2`.
 */
export function takeLabel(name: string): string {
  let label = name;
  for (let number = 2; taken.has(label); number++) label = `${name}#${number}`;
  taken.add(label);
  retired.get(label)?.();
  retired.delete(label);
  return label;
}

export function giveLabelBack(label: string, whenTakenAgain: () => void): void {
  taken.delete(label);
  retired.set(label, whenTakenAgain);
}
