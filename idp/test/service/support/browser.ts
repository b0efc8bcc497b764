/** A browser as far as HTTP goes: cookies by path, no script, redirects one at a time. */
export interface Browser {
  get(address: string, headers?: Record<string, string>): Promise<Answer>;
  post(address: string, body: Record<string, string> | object, headers?: Record<string, string>): Promise<Answer>;
  /** Follows redirects within `origin`; answers the first that leads elsewhere or to an interaction, or the page. */
  follow(answer: Answer, origin: string): Promise<Answer>;
  cookies(): ReadonlyMap<string, string>;
  setCookie(name: string, value: string, path?: string): void;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  location: string | undefined;
  url: string;
}

export function openBrowser(options: { userAgent?: string } = {}): Browser {
  const jar = new Map<string, { value: string; path: string }>();
  const headersFor = (address: string, given: Record<string, string>) => {
    const { pathname } = new URL(address);
    const cookie = [...jar]
      .filter(
        ([, one]) => pathname === one.path || pathname.startsWith(one.path.endsWith('/') ? one.path : `${one.path}/`),
      )
      .map(([key, one]) => `${key.split(' ')[0]}=${one.value}`)
      .join('; ');
    return {
      'User-Agent': options.userAgent ?? 'Mozilla/5.0 (Linux; Android 8.1) Chrome/87.0 Mobile Safari/537.36',
      Accept: 'text/html',
      ...(cookie === '' ? {} : { Cookie: cookie }),
      ...given,
    };
  };
  const take = async (response: Response, address: string): Promise<Answer> => {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const path = attributes.find((part) => /^path=/i.test(part))?.slice(5) ?? '/';
      const gone = value === '' || attributes.some((part) => /^expires=Thu, 01 Jan 1970/i.test(part));
      if (gone) jar.delete(`${name} ${path}`);
      else jar.set(`${name} ${path}`, { value, path });
    }
    const location = response.headers.get('location');
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: location === null ? undefined : new URL(location, address).href,
      url: address,
    };
  };
  const browser: Browser = {
    async get(address, headers = {}) {
      return take(await fetch(address, { redirect: 'manual', headers: headersFor(address, headers) }), address);
    },
    async post(address, body, headers = {}) {
      const json = headers['Content-Type'] === 'application/json';
      const response = await fetch(address, {
        method: 'POST',
        redirect: 'manual',
        headers: headersFor(address, { Origin: new URL(address).origin, ...headers }),
        body: json ? JSON.stringify(body) : new URLSearchParams(body as Record<string, string>),
      });
      return take(response, address);
    },
    async follow(answer, origin) {
      let current = answer;
      for (let hop = 0; hop < 12; hop += 1) {
        // An interaction is a page for a person: the test decides what happens there.
        if (current.location === undefined || /\/sign-in\/[^/?]+$/.test(current.location)) return current;
        if (new URL(current.location).origin !== origin) return current;
        current = await browser.get(current.location);
      }
      throw new Error('too many redirects');
    },
    cookies: () => new Map([...jar].map(([key, one]) => [key.split(' ')[0] ?? '', one.value])),
    setCookie: (name, value, path = '/') => void jar.set(`${name} ${path}`, { value, path }),
  };
  return browser;
}
