import type { TenantAnswer, TenantRequest, TenantResolver } from '../tenant-resolver.js';

export interface SubdomainOptions {
  /** The domain that the tenants' names stand in front of, such as `example.com`. */
  readonly baseDomain: string;
  /** Finds the tenant of a name. Runs before any tenant is known: use runAsSystem inside. */
  readonly lookup: (name: string) => Promise<TenantAnswer> | TenantAnswer;
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The tenant from the first label of the host name: `acme.example.com` asks `lookup('acme')`. */
export function fromSubdomain(options: SubdomainOptions): TenantResolver {
  const suffix = `.${options.baseDomain.toLowerCase()}`;
  return (request: TenantRequest) => {
    const host = hostOf(request);
    if (!host.endsWith(suffix)) return undefined;
    const name = host.slice(0, -suffix.length);
    return LABEL.test(name) ? options.lookup(name) : undefined;
  };
}

function hostOf(request: TenantRequest): string {
  const header = request.headers.host;
  const host = request.hostname ?? (typeof header === 'string' ? header : '');
  return host.toLowerCase().replace(/:\d+$/, '');
}
