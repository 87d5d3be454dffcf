let inHand = 0;

/** Units of work of this process that have begun and not ended yet. */
export function unitsInHand(): number {
  return inHand;
}

/** Counts a unit whose end its caller tells. */
export function countUnit(): () => void {
  inHand++;
  let isOpen = true;
  return () => {
    if (isOpen) inHand--;
    isOpen = false;
  };
}

/** Counts a unit that lasts as long as its promise, which comes back; others have ended by now. */
export function untilSettled<T>(result: T): T {
  if (!(result instanceof Promise)) return result;
  inHand++;
  // The promise that is returned is the one to be handled: an error that nobody awaits stays seen.
  return result.then(
    (value: unknown) => {
      inHand--;
      return value;
    },
    (error: unknown) => {
      inHand--;
      throw error;
    },
  ) as T;
}
