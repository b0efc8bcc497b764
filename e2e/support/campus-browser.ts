import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface Page {
  url: string;
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  /** Addresses on the way here, the first asked for first. */
  way: readonly string[];
}

/** Proves the person at the sign-in page; answers where the browser goes on. */
export type SignInAt = (interactionUrl: string) => Promise<string>;

interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
  secure: boolean;
}

/**
 * A browser as far as services see one: cookies by host and path, redirects across services, no script. Where the way
 * leads to the sign-in page, the person signs in as given, and `prompts` counts it.
 */
export function openCampusBrowser(options: { caFile?: string; signInAt?: (browser: CampusBrowser) => SignInAt } = {}) {
  const jar = new Map<string, Cookie>();
  const ca = options.caFile === undefined ? undefined : readFileSync(options.caFile);
  let prompts = 0;

  async function send(address: string, form?: Record<string, string>): Promise<Page> {
    const url = new URL(address);
    const body = form === undefined ? undefined : new URLSearchParams(form).toString();
    const start = url.protocol === 'https:' ? requestHttps : requestHttp;
    const cookie = cookiesFor(jar, url);
    const answer = await new Promise<{ message: IncomingMessage; text: string }>((resolve, reject) => {
      const outgoing = start(
        url,
        {
          method: body === undefined ? 'GET' : 'POST',
          agent: false,
          ...(ca === undefined ? {} : { ca }),
          headers: {
            'User-Agent': 'Mozilla/5.0 (Linux; Android 8.1) Chrome/87.0 Mobile Safari/537.36',
            Accept: 'text/html,application/xhtml+xml',
            'Accept-Language': 'zh-CN',
            ...(cookie === '' ? {} : { Cookie: cookie }),
            ...(body === undefined
              ? {}
              : {
                  'Content-Type': 'application/x-www-form-urlencoded',
                  'Content-Length': Buffer.byteLength(body),
                  Origin: url.origin,
                }),
          },
        },
        (message) => {
          const chunks: Buffer[] = [];
          message.on('data', (chunk: Buffer) => chunks.push(chunk));
          message.once('error', reject);
          message.once('end', () => resolve({ message, text: Buffer.concat(chunks).toString('utf8') }));
        },
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
    for (const line of answer.message.headers['set-cookie'] ?? []) keep(jar, url, line);
    const { headers, statusCode } = answer.message;
    return { url: address, status: statusCode ?? 0, headers, text: answer.text, way: [address] };
  }

  const browser = {
    /** One request, no redirect followed. */
    send,
    /**
     * Opens an address as a person would: through redirects, and through the sign-in page where it comes. Stops
     * before an address that `stopAt` names.
     */
    async open(address: string, form?: Record<string, string>, stopAt?: (url: string) => boolean): Promise<Page> {
      let page = await send(address, form);
      const way = [address];
      for (let hop = 0; hop < 25; hop += 1) {
        const { location } = page.headers;
        if (location === undefined || page.status < 300 || page.status > 399) return { ...page, way };
        let next = new URL(location, page.url).href;
        if (stopAt?.(next)) return { ...page, way: [...way, next] };
        if (/\/sign-in\/[^/?]+$/.test(next) && options.signInAt !== undefined) {
          prompts += 1;
          next = await options.signInAt(browser)(next);
        }
        way.push(next);
        page = await send(next);
      }
      throw new Error(`too many redirects: ${way.slice(-4).join(' → ')}`);
    },
    prompts: () => prompts,
    /** What it would send to an address. */
    cookieFor: (address: string) => cookiesFor(jar, new URL(address)),
  };
  return browser;
}
export type CampusBrowser = {
  send(address: string, form?: Record<string, string>): Promise<Page>;
  open(address: string, form?: Record<string, string>, stopAt?: (url: string) => boolean): Promise<Page>;
  prompts(): number;
  cookieFor(address: string): string;
};

function cookiesFor(jar: Map<string, Cookie>, url: URL): string {
  const fits = (cookie: Cookie) =>
    cookie.host === url.hostname &&
    (!cookie.secure || url.protocol === 'https:') &&
    (url.pathname === cookie.path ||
      url.pathname.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`));
  return [...jar.values()]
    .filter(fits)
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
}

function keep(jar: Map<string, Cookie>, url: URL, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  const attributeOf = (wanted: string) =>
    attributes.find((part) => part.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
  const path = attributeOf('path') ?? '/';
  const key = `${url.hostname} ${path} ${name}`;
  const gone = attributeOf('max-age') === '0' || Date.parse(attributeOf('expires') ?? '') < Date.now();
  const secure = attributes.some((part) => part.toLowerCase() === 'secure');
  if (gone) jar.delete(key);
  else jar.set(key, { name, value, host: url.hostname, path, secure });
}
