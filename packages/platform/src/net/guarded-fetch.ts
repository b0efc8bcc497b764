import { lookup as resolveName } from 'node:dns';
import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** An outgoing call to an address that somebody else gave us. */
export interface GuardedRequest {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Hosts (`name` or `name:port`) that may be private for this call: those of a registered client, say. */
  privateHosts?: readonly string[];
  timeoutMs?: number;
  maxBytes?: number;
  signal?: AbortSignal;
}

export interface GuardedAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export type GuardedFetchCode = 'address-not-allowed' | 'address-unreachable' | 'answer-too-large' | 'answer-too-slow';

/** Why a guarded call did not come back with an answer. */
export class GuardedFetchError extends Error {
  constructor(
    readonly code: GuardedFetchCode,
    options: { cause?: unknown } = {},
  ) {
    super(code, options);
  }
}

export type GuardedFetch = (address: string, request?: GuardedRequest) => Promise<GuardedAnswer>;

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 256 * 1024;

/**
 * Calls addresses from outside without being led inside (server-side request forgery): the name is resolved once, the
 * resolved address is checked and then connected to, so a name cannot change in between. Redirects are not followed.
 * Plain http goes only to hosts named as private. Times and sizes are bounded.
 * `allowedHosts` is the installation's list (LANYARD_FETCH_ALLOW, `host` or `host:port`); `ca` (PEM) takes the place of the
 * certificate authorities Node trusts.
 * @throws GuardedFetchError
 */
export function createGuardedFetch(allowedHosts: readonly string[], { ca }: { ca?: string } = {}): GuardedFetch {
  return (address, request = {}) => {
    const hosts = [...allowedHosts, ...(request.privateHosts ?? [])];
    const url = addressFromOutside(address, hosts);
    if (url === undefined) return Promise.reject(new GuardedFetchError('address-not-allowed'));
    const mayBePrivate = isListed(url, hosts);
    return call(url, request, mayBePrivate, ca);
  };
}

/**
 * An address as far as its text can be judged: https, or http to a host named as private, no user information, no
 * literal private address. Where its name leads is judged at each call.
 */
export function addressFromOutside(address: string, allowedHosts: readonly string[]): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username || url.password)
    return undefined;
  if (isListed(url, allowedHosts)) return url;
  if (url.protocol === 'http:') return undefined;
  // A literal address is connected to without a look-up.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) !== 0 && isPrivateAddress(literal) ? undefined : url;
}

/** Splits LANYARD_FETCH_ALLOW. */
export const parseHostList = (text: string): string[] =>
  text
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '');

function isListed(url: URL, hosts: readonly string[]): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return hosts.includes(url.hostname) || hosts.includes(`${url.hostname}:${port}`);
}

function call(url: URL, request: GuardedRequest, mayBePrivate: boolean, ca?: string): Promise<GuardedAnswer> {
  const lookup: LookupFunction = (name, options, done) =>
    resolveName(name, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '', 0);
      const good = mayBePrivate ? addresses : addresses.filter((one) => !isPrivateAddress(one.address));
      const [first] = good;
      // All of them must be public: one private answer among public ones is an attack, not a preference.
      if (first === undefined || good.length !== addresses.length)
        return done(new GuardedFetchError('address-not-allowed'), '', 0);
      return options.all ? done(null, good) : done(null, first.address, first.family);
    });
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = start(
      url,
      {
        method: request.method ?? 'GET',
        headers: {
          ...request.headers,
          ...(request.body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(request.body)) }),
        },
        lookup,
        agent: false,
        ...(ca === undefined ? {} : { ca }),
        ...(request.signal ? { signal: request.signal } : {}),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= (request.maxBytes ?? MAX_BYTES)) chunks.push(chunk);
          else {
            // First said, then cut: an answer that ends in this very chunk would count as whole.
            fail(new GuardedFetchError('answer-too-large'));
            outgoing.destroy();
          }
        });
        answer.once('error', fail);
        answer.once('end', () => {
          clearTimeout(timer);
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) });
        });
      },
    );
    // One bound over the whole call: a timeout of the socket alone is fooled by one byte now and then.
    const timer = setTimeout(
      () => outgoing.destroy(new GuardedFetchError('answer-too-slow')),
      request.timeoutMs ?? TIMEOUT_MS,
    );
    function fail(error: unknown) {
      clearTimeout(timer);
      reject(
        error instanceof GuardedFetchError ? error : new GuardedFetchError('address-unreachable', { cause: error }),
      );
    }
    outgoing.once('error', fail);
    outgoing.end(request.body);
  });
}

/** Special-purpose blocks of the IANA registries (RFC 6890 and followers): nothing a stranger may send us to. */
const PRIVATE_BLOCKS = (() => {
  const list = new BlockList();
  for (const [net, bits] of [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const)
    list.addSubnet(net, bits, 'ipv4');
  for (const [net, bits] of [
    ['::', 127],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['100::', 64],
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
    ['5f00::', 16],
    ['fc00::', 7],
    ['fe80::', 10],
    ['fec0::', 10],
    ['ff00::', 8],
  ] as const)
    list.addSubnet(net, bits, 'ipv6');
  return list;
})();

/** Whether an IP address is none of the public internet; IPv4 inside IPv6 counts as the IPv4 address. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  if (family === 4) return PRIVATE_BLOCKS.check(address, 'ipv4');
  return PRIVATE_BLOCKS.check(address, 'ipv6') || isMappedPrivate(address);
}

function isMappedPrivate(address: string): boolean {
  // URL writes every form of an address the same way: `[::ffff:7f00:1]`.
  const canonical = new URL(`http://[${address.split('%')[0]}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return false;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return PRIVATE_BLOCKS.check(`${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`, 'ipv4');
}
