/** One flag of a command, as plain data. Its environment variable follows from its name. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string';
  readonly summary: string;
  readonly short?: string;
  /** What stands for the value in the help. */
  readonly placeholder?: string;
  /** May be given several times. */
  readonly multiple?: true;
  /** A variable of this name is likely to mean something else. */
  readonly onlyFlag?: true;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type ValueOf<Spec extends OptionSpec> = Spec['type'] extends 'boolean'
  ? boolean
  : Spec extends { readonly multiple: true }
    ? readonly string[]
    : string | undefined;

export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: ValueOf<Specs[Name]>;
};

export const GLOBAL_OPTIONS = {
  dataSource: {
    type: 'string',
    short: 'd',
    placeholder: '<file>',
    summary:
      'File that exports the data source (default: dist/data-source.js, data-source.js, else DATABASE_URL)',
  },
  json: { type: 'boolean', summary: 'Print one JSON object instead of text' },
  quiet: { type: 'boolean', summary: 'Print no progress' },
  verbose: { type: 'boolean', summary: 'Print where an error comes from' },
  'no-color': { type: 'boolean', summary: 'Print no colours' },
  help: { type: 'boolean', short: 'h', summary: 'Show this help', onlyFlag: true },
  version: { type: 'boolean', summary: 'Show the version', onlyFlag: true },
} as const satisfies OptionSpecs;

export type GlobalValues = OptionValues<typeof GLOBAL_OPTIONS>;

/** `dataSource` is ROWGUARD_DATA_SOURCE, `no-color` is ROWGUARD_NO_COLOR. */
export function variableOf(option: string): string {
  const words = option.replaceAll('-', '_').replace(/([a-z])([A-Z])/g, '$1_$2');
  return `ROWGUARD_${words.toUpperCase()}`;
}
