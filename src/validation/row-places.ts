/** Where a row stands in what was handed to save(), so that an error can say so. */
export interface RowPlace {
  /** Its number in the list; left out where one row was given. */
  readonly row?: number;
  /** The way to it through relations, such as `lines.2.`; empty for what was given itself. */
  readonly path: string;
}

const places = new WeakMap<object, RowPlace>();

export function notePlace(row: object, place: RowPlace): void {
  places.set(row, place);
}

export function placeOf(row: object): RowPlace | undefined {
  return places.get(row);
}
