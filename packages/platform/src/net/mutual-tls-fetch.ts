import { type Agent, request as httpsRequest } from 'node:https';

/** What a service client needs of `fetch`: bodies are text or bytes, redirects are never followed. */
export type SendRequest = (
  url: URL,
  init: { method: string; headers: Record<string, string>; body?: string | Buffer; signal?: AbortSignal },
) => Promise<Response>;

const NO_BODY = new Set([101, 204, 205, 304]);
/** A whole package with its pass lists stays below it. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** `fetch` with a client certificate: Node's own takes none. The connections are those of `agent`. */
export function createTlsRequest(agent: Agent): SendRequest {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
      const request = httpsRequest(url, {
        ...{ method, agent, headers: { ...headers, ...length } },
        ...(signal === undefined ? {} : { signal }),
      });
      request.once('error', reject);
      request.once('response', (response) => {
        const { statusCode = 500 } = response;
        if (statusCode >= 300 && statusCode < 400 && statusCode !== 304) {
          response.destroy();
          reject(new Error('redirected'));
          return;
        }
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
          chunks.push(chunk);
        });
        response.once('error', reject);
        response.once('end', () => {
          const named = Object.entries(response.headers).flatMap(([name, value]) =>
            typeof value === 'string' ? [[name, value] as [string, string]] : [],
          );
          const answer = NO_BODY.has(statusCode) ? null : Buffer.concat(chunks);
          resolve(new Response(answer, { status: statusCode, headers: named }));
        });
      });
      request.end(body);
    });
}
