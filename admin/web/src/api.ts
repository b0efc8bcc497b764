import { ApiProblem, readProblem } from '@lanyard/look/staff/api-problem.js';

export { ApiProblem };

export interface AskOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Of a write that may be repeated (`Idempotency-Key`). */
  key?: string;
  /** Asked by the page itself, not by somebody: keeps no session awake. */
  background?: boolean;
}

type Listener = () => void;
const signedOut = new Set<Listener>();
/** Called whenever a call is refused because the session has ended. */
export function onSignedOut(listener: Listener): void {
  signedOut.add(listener);
}

/** One call to the console's own server. @throws {ApiProblem} */
export async function ask<Answer>(path: string, options: AskOptions = {}): Promise<Answer> {
  const response = await send(path, options);
  if (!response.ok) throw refusalOf(response.status, await response.text());
  if (response.status === 204) return undefined as Answer;
  return (await response.json()) as Answer;
}

async function send(path: string, options: AskOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 20_000);
  try {
    return await fetch(path, {
      method: options.method ?? 'GET',
      credentials: 'same-origin',
      signal: options.signal === undefined ? timeout : anyOf([options.signal, timeout]),
      headers: {
        ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(options.key === undefined ? {} : { 'Idempotency-Key': options.key }),
        ...(options.background ? { 'Lanyard-Background': '1' } : {}),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiProblem(timeout.aborted ? 'timeout' : 'network', 0);
  }
}

/** AbortSignal.any for browsers before 2024. */
function anyOf(signals: AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}

/** The refusal of an answer; a session that has ended is told to whoever listens. */
function refusalOf(status: number, text: string): ApiProblem {
  const problem = readProblem(status, text);
  if (problem.code === 'session-missing') for (const listener of signedOut) listener();
  return problem;
}

/**
 * Sends a file and tells how much of it has gone. XMLHttpRequest, because fetch cannot tell.
 *
 * @throws {ApiProblem}
 */
export function upload<Answer>(
  path: string,
  file: Blob,
  options: {
    signal?: AbortSignal;
    onProgress?: (sentBytes: number) => void;
    asText?: boolean;
    /** The answer is a file. */
    asBlob?: boolean;
    /** What the file is, where it is no CSV. */
    type?: string;
    /** What it is called, where that is kept (`Lanyard-File-Name`). */
    name?: string;
    /** Of a write that may be repeated (`Idempotency-Key`). */
    key?: string;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('Content-Type', options.type ?? 'text/csv');
    if (options.name !== undefined) request.setRequestHeader('Lanyard-File-Name', encodeURIComponent(options.name));
    if (options.key !== undefined) request.setRequestHeader('Idempotency-Key', options.key);
    if (options.asBlob) request.responseType = 'blob';
    request.upload.onprogress = (event) => options.onProgress?.(event.loaded);
    request.upload.onload = () => options.onProgress?.(file.size);
    request.onerror = () => reject(new ApiProblem('network', 0));
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    request.onload = () => {
      const isGood = request.status >= 200 && request.status <= 299;
      if (options.asBlob && isGood) return resolve(request.response as Answer);
      if (options.asBlob) {
        void (request.response as Blob).text().then((text) => reject(refusalOf(request.status, text)));
        return;
      }
      if (!isGood) {
        reject(refusalOf(request.status, request.responseText));
        return;
      }
      resolve((options.asText ? request.responseText : JSON.parse(request.responseText)) as Answer);
    };
    options.signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

/** Asks for a file and hands it to the browser to keep. @throws {ApiProblem} */
export async function download(path: string, body: unknown): Promise<void> {
  const response = await send(path, { method: 'POST', body, timeoutMs: 60_000 });
  if (!response.ok) throw refusalOf(response.status, await response.text());
  const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'export.xlsx';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
