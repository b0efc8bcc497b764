/** Why a call came back without an answer. `code` is the service's own and stable: switch on it. */
export class PartnerError extends Error {
  override readonly name = 'PartnerError';
  constructor(
    readonly code: string,
    /** 0 where nobody answered. */
    readonly status: number,
    /** The problem (RFC 9457) as it was sent, where there was one. */
    readonly problem: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(`${code} (${status})`, options);
  }
}

/** A receipt or an event that does not verify. */
export class SignedTextError extends Error {
  override readonly name = 'SignedTextError';
}
