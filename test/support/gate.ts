export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** For work that has to wait until other work has come so far. */
export function newGate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
