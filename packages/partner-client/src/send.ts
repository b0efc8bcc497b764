/** What the client needs of `fetch`; one of your own may show a client certificate, or go through a proxy. */
export type SendRequest = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly signal?: AbortSignal;
  },
) => Promise<Response>;
