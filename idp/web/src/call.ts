/** What a person reads of a refusal: the server's text in the page's language, with its code. */
export class CallRefused extends Error {
  readonly text: string;
  readonly code: string;
  readonly stepUpUrl: string | undefined;
  constructor(problem: { code?: string; title?: string; title_zh?: string; step_up_url?: string }) {
    super(problem.code ?? 'internal');
    const zh = document.documentElement.lang.indexOf('zh') === 0;
    this.text = (zh ? problem.title_zh : problem.title) ?? '';
    this.code = problem.code ?? 'internal';
    this.stepUpUrl = problem.step_up_url;
  }
}

/** POSTs JSON to our own server. Throws {@link CallRefused}, or TypeError without a network. */
export async function call<T>(path: string, body: unknown = {}): Promise<T> {
  const answer = await fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new CallRefused(json);
  return json as T;
}

/** Only our own server's word leads on, but never to a script. */
export function goOn(location: string): void {
  const target = new URL(location, document.baseURI);
  if (target.protocol === 'https:' || target.protocol === 'http:') window.location.assign(target.href);
}
