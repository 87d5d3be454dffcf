import type { DataSource } from 'typeorm';

interface Extension {
  readonly name: string;
  /** The oldest version that will do. */
  readonly from: string;
}

interface Versions {
  readonly installed: string | null;
  /** What our login may create. */
  readonly offered: string | null;
}

/** True if the extension is there, or our login may create it, in a version that will do. */
export async function mayHaveExtension(
  source: DataSource,
  { name, from }: Extension,
): Promise<boolean> {
  const [found] = await source.query<Versions[]>(
    `select (select extversion from pg_extension where extname = $1) as installed,
       (select v.version from pg_available_extensions e, pg_available_extension_versions v, pg_roles me
         where e.name = $1 and v.name = e.name and v.version = e.default_version
           and me.rolname = session_user
           and (me.rolsuper or (v.trusted and has_database_privilege(current_database(), 'CREATE')))) as offered`,
    [name],
  );
  const version = found?.installed ?? found?.offered ?? undefined;
  return version !== undefined && isAtLeast(version, from);
}

/** By numbers: 0.10 comes after 0.8. */
export function isAtLeast(version: string, from: string): boolean {
  return version.localeCompare(from, 'en', { numeric: true }) >= 0;
}
