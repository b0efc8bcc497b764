import { type Logger, Refusal, type RouteAnswer } from '@lanyard/platform';

/** A refused answer of a wallet (OpenID4VP 1.0 §8.2, RFC 6749 §5.2): what it may read, and the check for the log. */
export class OAuthRefusal extends Error {
  constructor(
    readonly description: string,
    readonly check: string,
    readonly status = 400,
    readonly error: 'invalid_request' | 'vp_formats_not_supported' = 'invalid_request',
  ) {
    super(check);
  }
}

const BODY_STATUS: Record<string, number> = { 'body-too-large': 413, 'body-type-unsupported': 415 };

/** The OAuth error for what was thrown; what is no refusal goes on to the service's problems. */
export function oauthAnswer(thrown: unknown, log: Logger, requestId: string): RouteAnswer {
  const refusal = toOAuth(thrown);
  if (refusal === undefined) throw thrown;
  log.info('openid4vp.refused', { request_id: requestId, code: refusal.check });
  return {
    status: refusal.status,
    headers: { 'Cache-Control': 'no-store' },
    body: { error: refusal.error, error_description: refusal.description },
  };
}

function toOAuth(thrown: unknown): OAuthRefusal | undefined {
  if (thrown instanceof OAuthRefusal) return thrown;
  if (thrown instanceof Refusal && (thrown.code.startsWith('body-') || thrown.code === 'client-went-away'))
    return new OAuthRefusal('The form was refused.', thrown.code, BODY_STATUS[thrown.code] ?? 400);
  return undefined;
}
