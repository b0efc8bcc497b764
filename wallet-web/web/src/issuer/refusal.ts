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
  try {
    return await fetch(url, {
      credentials: 'omit',
      cache: 'no-store',
      ...init,
      signal: init.signal ?? AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw new NoAnswer('no answer', { cause });
  }
}

/** The JSON body of a success. @throws ServiceRefusal */
export async function readJson<T>(answer: Response): Promise<T> {
  const body: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) return body as T;
  const { error, code } = body as { error?: unknown; code?: unknown };
  throw new ServiceRefusal(answer.status, String(error ?? code ?? 'unknown'));
}
