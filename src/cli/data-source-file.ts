import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataSourceFileError } from '../errors/data-source-file.error.js';
import { RowguardDataSource } from '../rowguard.data-source.js';

const DEFAULT_FILES = ['dist/data-source.js', 'data-source.js'];
const EXAMPLE = 'export const dataSource = createDataSource({ … })';

/** The path that was given, else the first of the usual ones that exists, else undefined. */
export function findDataSourceFile(
  given: string | undefined,
  directory: string,
): string | undefined {
  if (given === undefined) {
    return DEFAULT_FILES.map((file) => resolve(directory, file)).find((file) => existsSync(file));
  }
  const file = resolve(directory, given);
  if (existsSync(file)) return file;
  throw new DataSourceFileError({
    problem: `The data source file ${given} does not exist`,
    mend: `Build the application first, or name the compiled file with -d; without -d these are tried: ${DEFAULT_FILES.join(', ')}`,
  });
}

export async function loadDataSource(file: string): Promise<RowguardDataSource> {
  const exported = exportsOf(await load(file));
  const found = exported.filter((value) => value instanceof RowguardDataSource);
  if (found.length === 1 && found[0]) return found[0];
  if (found.length > 1) {
    throw new DataSourceFileError({
      problem: `${file} exports ${found.length} data sources, and it is not clear which one is meant`,
      mend: 'Export one from a file of its own, and name that file with -d',
    });
  }
  throw new DataSourceFileError({
    problem: `${file} exports no data source of Rowguard${exported.some(isDataSourceLike) ? '; it exports a data source made by other means, or by another copy of nestjs-rowguard' : ''}`,
    mend: `Write: ${EXAMPLE}`,
  });
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    const isSource = /^\.[cm]?tsx?$/.test(extname(file));
    throw new DataSourceFileError({
      problem: `${file} cannot be loaded: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`,
      mend: isSource
        ? 'Name the compiled JavaScript file, or run Node with a loader for TypeScript'
        : 'Mend what it says; --verbose shows where it comes from',
      cause,
    });
  }
}

/** Each value once, whatever its names; a CommonJS file has its exports in `default` as well. */
function exportsOf(module: Readonly<Record<string, unknown>>): unknown[] {
  const byDefault = module['default'];
  const isPlain =
    typeof byDefault === 'object' &&
    byDefault !== null &&
    Object.getPrototypeOf(byDefault) === Object.prototype;
  return [...new Set([...Object.values(module), ...(isPlain ? Object.values(byDefault) : [])])];
}

function isDataSourceLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'initialize' in value && 'options' in value;
}
