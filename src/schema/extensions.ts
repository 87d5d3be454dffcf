import type { DataSource } from 'typeorm';

/** True if the extension is there, or our login may create it. */
export async function mayHaveExtension(source: DataSource, name: string): Promise<boolean> {
  const [answer] = await source.query<{ may: boolean }[]>(
    `select exists (select 1 from pg_extension where extname = $1)
       or exists (select 1 from pg_available_extension_versions v, pg_roles me
         where v.name = $1 and me.rolname = session_user
           and (me.rolsuper or (v.trusted and has_database_privilege(current_database(), 'CREATE')))) as may`,
    [name],
  );
  return answer?.may ?? false;
}
