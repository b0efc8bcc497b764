/** An answer of a service that is no success; `code` is its `error` or `code`. */
export class ServiceRefusal extends Error {
  override readonly name = 'ServiceRefusal';
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(`${status} ${code}`);
  }
}

/** No answer came: no network, or a host that does not speak to us. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** `fetch` that never uses cookies or the browser's cache, with a limit of `timeoutMs`. @throws NoAnswer */
export async function ask(url: string, init: RequestInit = {}, timeoutMs = 15_000): Promise<Response> {
  const limit = new AbortController();
  const end = () => limit.abort();
  const timer = setTimeout(end, timeoutMs);
  if (init.signal?.aborted) end();
  init.signal?.addEventListener('abort', end);
  try {
    return await fetch(url, { credentials: 'omit', cache: 'no-store', ...init, signal: limit.signal });
  } catch (cause) {
    throw new NoAnswer('no answer', { cause });
  } finally {
    clearTimeout(timer);
    init.signal?.removeEventListener('abort', end);
  }
}

/** The JSON body of a success. @throws ServiceRefusal */
export async function readJson<T>(answer: Response): Promise<T> {
  const body: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) return body as T;
  const { error, code } = body as { error?: unknown; code?: unknown };
  throw new ServiceRefusal(answer.status, String(error ?? code ?? 'unknown'));
}

/** The address in `text`, or undefined. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** An address to which something may be sent: https, or http on this very device; never with a user name. */
export function safeUrl(text: string): URL | undefined {
  const url = parseUrl(text);
  if (url === undefined || url.username !== '' || url.password !== '') return undefined;
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && local) ? url : undefined;
}
