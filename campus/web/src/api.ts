import { ApiProblem, readProblem } from '@lanyard/look/staff/api-problem.js';
import { sawNetwork } from './use-online.js';

export { ApiProblem };

/** No answer came: what was asked may have happened or not, and is worth asking again. */
export const isUnanswered = (error: unknown): boolean =>
  error instanceof ApiProblem && (error.code === 'network' || error.code === 'timeout');
export const hasCode = (error: unknown, code: string): boolean => error instanceof ApiProblem && error.code === code;

export interface AskOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  /** A file, sent as it is. */
  file?: File;
  /** Of a write that may be repeated (`Idempotency-Key`). */
  key?: string;
  timeoutMs?: number;
  /** Asked by the page itself, not by somebody: keeps no session awake, and leads nobody to sign in. */
  background?: boolean;
}

/** `home`, or the module whose own session the call needs. */
export type Base = 'home' | { readonly module: string };
const pathOf = (base: Base): string => (base === 'home' ? '/home' : `/m/${base.module}`);

/** Where one signs in for a base; it asks nothing of whoever is signed in already. */
export const signInAddress = (base: Base, next: string): string =>
  `${pathOf(base)}/sign-in/start?next=${encodeURIComponent(next)}`;

type Listener = (base: Base) => void;
let notSignedIn: Listener = () => {};
export function onNotSignedIn(listener: Listener): void {
  notSignedIn = listener;
}

let signedIn: Listener = () => {};
export function onSignedIn(listener: Listener): void {
  signedIn = listener;
}

/** One call. @param path after `/v1` @throws {ApiProblem} */
export async function ask<Answer>(base: Base, path: string, options: AskOptions = {}): Promise<Answer> {
  const response = await send(`${pathOf(base)}/v1${path}`, options);
  if (response.ok) signedIn(base);
  if (response.status === 204) return undefined as Answer;
  if (response.ok) return (await response.json()) as Answer;
  const problem = readProblem(response.status, await response.text());
  if (problem.status === 401 && options.background !== true) notSignedIn(base);
  throw problem;
}

async function send(address: string, options: AskOptions): Promise<Response> {
  const controller = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, options.timeoutMs ?? 20_000);
  try {
    const response = await fetch(address, {
      method: options.method ?? 'GET',
      credentials: 'same-origin',
      signal: controller.signal,
      headers: headersOf(options),
      ...bodyOf(options),
    });
    sawNetwork(true);
    return response;
  } catch {
    if (!isLate) sawNetwork(false);
    throw new ApiProblem(isLate ? 'timeout' : 'network', 0);
  } finally {
    clearTimeout(timer);
  }
}

function headersOf({ body, file, key, background }: AskOptions): Record<string, string> {
  return {
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(file === undefined
      ? {}
      : { 'Content-Type': file.type, 'Lanyard-File-Name': encodeURIComponent(file.name.slice(-100)) }),
    ...(key === undefined ? {} : { 'Idempotency-Key': key }),
    ...(background ? { 'Lanyard-Background': '1' } : {}),
  };
}
const bodyOf = ({ body, file }: AskOptions): { body?: string | File } =>
  file !== undefined ? { body: file } : body === undefined ? {} : { body: JSON.stringify(body) };

/** A key for one act, the same for every time it is sent. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
