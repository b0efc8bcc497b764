/** A refusal as the services answer it (RFC 9457 with `code`), or a call that got no answer (`network`, `timeout`). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  constructor(
    readonly code: string,
    readonly status: number,
    /** Texts of the service by language; empty for `network` and `timeout`. */
    readonly titles: { readonly zh?: string; readonly en?: string } = {},
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(code);
  }
}

/** The refusal in a body; what is none is named by its status. */
export function readProblem(status: number, text: string): ApiProblem {
  let problem: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) problem = parsed as Record<string, unknown>;
  } catch {
    // Something in between answered; the status says what there is to say.
  }
  const textOf = (key: string) => (typeof problem[key] === 'string' ? (problem[key] as string) : undefined);
  const [zh, en] = [textOf('title_zh'), textOf('title')];
  const titles = { ...(zh === undefined ? {} : { zh }), ...(en === undefined ? {} : { en }) };
  return new ApiProblem(textOf('code') ?? `http-${status}`, status, titles, problem);
}
