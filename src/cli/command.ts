import type { RowguardDataSource } from '../rowguard.data-source.js';
import type { ExitCode } from './exit-code.js';
import type { OptionSpecs, OptionValues } from './option.js';
import type { Output } from './output.js';

export interface CommandContext {
  readonly out: Output;
  /** Loads the data source of the application; the frame closes it when the command is done. */
  readonly dataSource: () => Promise<RowguardDataSource>;
  /** The same for what needs no database: without a file it has the whole shipped schema. */
  readonly entitySource: () => Promise<RowguardDataSource>;
  /** What stands after the name of the command. */
  readonly words: readonly string[];
  /** Where the command was started, for files that its flags name. */
  readonly directory: string;
  /** Aborted when the process is told to stop; for commands that go on until then. */
  readonly signal: AbortSignal;
}

export interface CommandExample {
  readonly line: string;
  readonly says: string;
}

/** A command is data and one function. Its file imports heavy things only inside that function. */
export interface Command<Specs extends OptionSpecs = OptionSpecs> {
  readonly name: string;
  readonly summary: string;
  readonly options: Specs;
  /** Words that it takes beside its flags; without this there are none. */
  readonly words?: { readonly placeholder: string; readonly most: number };
  readonly examples: readonly CommandExample[];
  run(context: CommandContext, options: OptionValues<Specs>): Promise<ExitCode>;
}

/** Only lends `run` the types of its options. */
export function defineCommand<const Specs extends OptionSpecs>(
  command: Command<Specs>,
): Command<Specs> {
  return command;
}
