import pg from 'pg';

/** Runs statements on a server under the login that may create databases. */
export async function onServer<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'rowguard-test' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.toString();
}

export function withLogin(url: string, user: string, password: string): string {
  const address = new URL(url);
  address.username = user;
  address.password = password;
  return address.toString();
}

/** For people: what they need to look at it, without what they need to keep secret. */
export function withoutPassword(url: string): string {
  const address = new URL(url);
  address.password = '';
  address.search = '';
  return address.toString();
}
