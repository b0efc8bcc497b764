import { readOperatorToken } from '../installation/operator-token.js';
import type { Installation, ServiceName } from '../installation/read-installation.js';

/** A refusal of a service, or that it is not there. */
export class CommandRefusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly problem?: unknown,
  ) {
    super(message);
  }
}

export interface OperatorClient {
  call<T>(
    service: ServiceName,
    path: string,
    options?: { method?: string; body?: unknown; bytes?: Uint8Array; type?: string; timeoutMs?: number },
  ): Promise<T>;
}

/** Calls the running services with the operator token of this home. */
export function createOperatorClient(installation: Installation): OperatorClient {
  const token = readOperatorToken(installation);
  return {
    async call(service, path, options = {}) {
      if (token === undefined)
        throw new CommandRefusal(
          'operator-token-missing',
          `No operator token in ${installation.home}: is this the right LANYARD_HOME?`,
        );
      const type = options.bytes === undefined ? 'application/json' : (options.type ?? 'application/octet-stream');
      const body = options.bytes ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
      let response: Response;
      try {
        response = await fetch(new URL(path, `http://localhost:${installation.port(service)}`), {
          method: options.method ?? (body === undefined ? 'GET' : 'POST'),
          headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': type }) },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
          signal: AbortSignal.timeout(options.timeoutMs ?? 60_000),
        });
      } catch {
        throw new CommandRefusal(
          'service-unreachable',
          `${service} does not answer at ${installation.publicUrl(service)}. Start it with ./lanyard up.`,
        );
      }
      const text = await response.text();
      const answer: unknown =
        text === '' ? undefined : /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
      if (!response.ok) {
        const problem = (typeof answer === 'object' && answer !== null ? answer : {}) as {
          code?: string;
          title?: string;
          detail?: string;
        };
        throw new CommandRefusal(
          problem.code ?? `http-${response.status}`,
          [problem.title, problem.detail].filter(Boolean).join(' ') || `HTTP ${response.status}`,
          answer,
        );
      }
      return answer as never;
    },
  };
}
