import { type ValidationError, validateSync } from 'class-validator';
import {
  AuditOptions,
  type DatabaseModuleOptions,
  DatabaseOptions,
  PoolOptions,
  ReplicationOptions,
  ServerlessOptions,
  SoftDeleteModuleOptions,
  TenancyOptions,
  WallsOptions,
} from './database.options.js';
import { HealthOptions } from './health/health-options.js';
import { InvalidOptionsError } from './errors/invalid-options.error.js';
import { OPTION_TABLE } from './option-table.js';
import { addressesOfMethod } from './database-method.js';
import { refuseMisfits, strategyOf, withAuthority } from './strategy-of-options.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Tree = Record<string, unknown>;

/** Their values may hold passwords: named in an error, never shown. */
const SECRET = /^(?:url|adminUrl|replicas|ssl)\b/;

/** Code wins over the environment, the environment over the defaults; then everything is checked. */
export function readOptions(
  given: DatabaseModuleOptions = {},
  environment: Environment = process.env,
): DatabaseOptions {
  if (typeof given !== 'object' || given === null) throw notAnObject(given);
  const isFirst = (given.name ?? 'default') === 'default';
  const fromEnvironment = isFirst ? withAuthority(read(environment), environment) : {};
  const byMethod = isFirst
    ? addressesOfMethod(environment, merge(fromEnvironment, given), given)
    : {};
  const merged = merge({ ...fromEnvironment, ...byMethod }, given);
  const options = build(merged);
  const errors = validateSync(options, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length > 0) throw invalid(errors);
  checkTogether(options);
  const timeouts = isTree(merged['pool']) ? Object.keys(merged['pool']) : [];
  options.strategy = strategyOf(options);
  refuseMisfits(options, timeouts);
  return options;
}

function build(merged: Tree): DatabaseOptions {
  const tenancy = nested(merged['tenancy'], () => new TenancyOptions());
  if (tenancy instanceof TenancyOptions) {
    tenancy.walls = nested(
      (merged['tenancy'] as Tree | undefined)?.['walls'],
      () => new WallsOptions(),
    );
  }
  const pool = nested(merged['pool'], () => new PoolOptions());
  const replication = nested(merged['replication'], () => new ReplicationOptions());
  const audit = nested(merged['audit'], () => new AuditOptions());
  const softDelete = nested(merged['softDelete'], () => new SoftDeleteModuleOptions());
  const serverless = nested(merged['serverless'], () => new ServerlessOptions());
  const health = nested(merged['health'], () => new HealthOptions());
  const groups = { audit, health, pool, replication, serverless, softDelete, tenancy };
  return Object.assign(new DatabaseOptions(), merged, groups);
}

/** A nested group over its defaults; what is no object is left for the validation to name. */
function nested<T extends object>(value: unknown, defaults: () => T): T {
  if (value === undefined || value === null) return defaults();
  if (typeof value !== 'object') return value as T;
  return Object.assign(defaults(), defined(value as Tree));
}

function merge(base: Tree, over: Tree): Tree {
  const merged: Tree = { ...base };
  for (const [key, value] of Object.entries(defined(over))) {
    const below = base[key];
    merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is Tree {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

function defined(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).filter(([, value]) => value !== undefined && value !== null),
  );
}

function read(environment: Environment): Tree {
  const tree: Tree = {};
  for (const { option, env } of OPTION_TABLE) {
    const text = env === undefined ? undefined : environment[env]?.trim();
    if (text === undefined || text === '') continue;
    const [group, key] = option.split('.') as [string, string | undefined];
    const value = fromText(option, text);
    if (key === undefined) tree[group] = value;
    else tree[group] = { ...(tree[group] as Tree | undefined), [key]: value };
  }
  return tree;
}

function fromText(option: string, text: string): unknown {
  if (option === 'replicas') return text.split(',').map((url) => url.trim());
  if (text === 'true' || text === 'false') return text === 'true';
  if (option === 'logging' && text !== 'all') return text.split(',').map((kind) => kind.trim());
  if (option === 'slowStatementMs' || /^(?:pool|replication|softDelete)\./.test(option))
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  return text;
}

function checkTogether(options: DatabaseOptions): void {
  if (!options.url && (options.adminUrl || options.replicas.length > 0)) {
    throw new InvalidOptionsError({
      problem: `${options.adminUrl ? 'adminUrl (DATABASE_ADMIN_URL)' : 'replicas'} is given without url (DATABASE_URL)`,
      mend: 'Give the login of the application as well; adminUrl alone is not used for its work',
    });
  }
  if (!options.url && options.embedded === false) {
    throw new InvalidOptionsError({
      problem: 'No database is configured, and embedded is false',
      mend: 'Set url or DATABASE_URL, or allow the embedded engine',
    });
  }
  if (options.pool.min > options.pool.max) {
    throw new InvalidOptionsError({
      problem: `pool.min (${options.pool.min}) is larger than pool.max (${options.pool.max})`,
      mend: 'Give a minimum of at most the maximum',
    });
  }
  if (options.tenancy.signed !== false && options.scale === 'citus') {
    throw new InvalidOptionsError({
      problem: "tenancy.signed and scale: 'citus' are given together",
      mend: 'Choose one: a seal names the process that it is for, and on Citus others do the work',
    });
  }
  if (options.tenancy.signed !== false && !options.tenancy.walls.policies) {
    throw new InvalidOptionsError({
      problem: 'tenancy.signed is given, and tenancy.walls.policies is false',
      mend: 'Leave the policies on: they are what checks a signed binding',
    });
  }
  if (!options.tenancy.walls.predicate && !options.tenancy.walls.policies) {
    throw new InvalidOptionsError({
      problem: 'tenancy.walls.predicate and tenancy.walls.policies are both false',
      mend: 'Leave at least one on: without both, nothing keeps tenants apart',
    });
  }
}

function invalid(errors: readonly ValidationError[]): InvalidOptionsError {
  const problems = errors.flatMap((error) => flatten(error, ''));
  return new InvalidOptionsError({
    problem: problems.join('; '),
    mend: 'The README lists every option with what fits',
    given: { options: problems.length },
  });
}

function flatten(error: ValidationError, path: string): string[] {
  const name = `${path}${error.property}`;
  const own = Object.entries(error.constraints ?? {})
    .filter(([rule], _, all) => rule !== 'nestedValidation' || all.length === 1)
    .map(([rule, message]) => sentence(name, rule, message, error.value));
  const inner = (error.children ?? []).flatMap((child) => flatten(child, `${name}.`));
  return [...own, ...inner];
}

function sentence(name: string, rule: string, message: string, value: unknown): string {
  if (rule === 'whitelistValidation') return `${name} is not an option`;
  const expected =
    rule === 'nestedValidation'
      ? 'must be an object'
      : message.replace(/^(?:each value in )?\w+ (?=must|has|should)/, '');
  const env = OPTION_TABLE.find((row) => row.option === name)?.env;
  return `${name}${env ? ` (${env})` : ''} ${expected} (given: ${shown(name, value)})`;
}

function shown(name: string, value: unknown): string {
  // An address can end up in any option.
  const isAddress = typeof value === 'string' && value.includes('://');
  if (SECRET.test(name) || isAddress) return 'not shown, it may hold a password';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null ? 'null' : typeof value;
}

function notAnObject(given: unknown): InvalidOptionsError {
  return new InvalidOptionsError({
    problem: `The options are not an object (given: ${given === null ? 'null' : typeof given})`,
    mend: 'Call DatabaseModule.forRoot({ … })',
  });
}
