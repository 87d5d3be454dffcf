import { described } from '../../errors/described-value.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { DeletedWord, ReadDeleted } from './deleted-options.js';

/**
 * What a query was told about deleted rows. It is kept apart from the joins, since it may be said
 * before and after them: what counts is what was said when the SQL is built.
 */
export class ToldDeleted {
  rows: DeletedWord | undefined;
  /** Said of everything by this module's option; TypeORM's own also stands in saves, for the row alone. */
  everywhere = false;
  /** Rows that only lead to those asked for; whoever asks has them in hand, deleted or not. */
  showsHolders = false;
  readonly aliases = new Map<string, DeletedWord>();
  readonly paths = new Map<string, DeletedWord>();

  read({ rows, everywhere, relations }: ReadDeleted): void {
    this.rows = rows ?? this.rows;
    this.everywhere ||= everywhere;
    for (const [path, word] of relations) this.paths.set(path, word);
  }

  tellAlias(alias: unknown, word: DeletedWord): void {
    if (typeof alias !== 'string' || alias === '') throw noAlias(alias);
    this.aliases.set(alias, word);
  }

  /** What was said of everything below one relation, as seen from there. */
  below(relation: string): ToldDeleted {
    const told = new ToldDeleted();
    told.everywhere = this.everywhere;
    told.rows = this.paths.get(relation);
    for (const [path, word] of this.paths) {
      if (path.startsWith(`${relation}.`)) told.paths.set(path.slice(relation.length + 1), word);
    }
    return told;
  }

  copy(): ToldDeleted {
    const told = new ToldDeleted();
    Object.assign(told, {
      rows: this.rows,
      everywhere: this.everywhere,
      showsHolders: this.showsHolders,
      aliases: new Map(this.aliases),
      paths: new Map(this.paths),
    });
    return told;
  }
}

function noAlias(given: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `It is not said which alias is meant (given: ${described(given)})`,
    mend: "Name one of the query, such as 'author'; nothing was read",
  });
}
