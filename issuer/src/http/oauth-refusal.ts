import { type Logger, Refusal } from '@lanyard/platform';
import type { Context, Middleware } from 'koa';

/** A refusal of an OAuth endpoint (RFC 6749 §5.2, OpenID4VCI 1.0 §8.3.1): `error`, what the client may read, what the log keeps. */
export class OAuthRefusal extends Error {
  constructor(
    readonly error: string,
    readonly description: string,
    readonly options: {
      status?: number;
      logDetail?: string;
      challenge?: string;
      headers?: Record<string, string>;
    } = {},
  ) {
    super(error);
  }
}

/** Refusals of the body reader in the words of OAuth. */
const BODY_STATUS: Record<string, number> = { 'body-too-large': 413, 'body-type-unsupported': 415 };

/** Endpoints whose specification has a word of its own for a body that cannot be read. */
const BODY_ERRORS: Record<string, string> = {
  '/credential': 'invalid_credential_request',
  '/deferred-credential': 'invalid_credential_request',
  '/notification': 'invalid_notification_request',
};

/** Answers OAuth errors for the endpoints below it; everything else goes on to the service's problems. */
export function oauthErrors(log: Logger): Middleware {
  return async (context, next) => {
    try {
      await next();
    } catch (thrown) {
      const refusal = toOAuth(thrown, context);
      if (refusal === undefined) throw thrown;
      const { status = 400, logDetail, challenge, headers } = refusal.options;
      log.info('oauth.refused', {
        request_id: String(context.state['requestId'] ?? ''),
        code: refusal.error,
        detail: logDetail ?? refusal.description,
      });
      context.status = status;
      context.set('Cache-Control', 'no-store');
      if (headers !== undefined) context.set(headers);
      if (challenge !== undefined) context.set('WWW-Authenticate', challenge);
      context.body = { error: refusal.error, error_description: refusal.description };
    }
  };
}

function toOAuth(thrown: unknown, context: Context): OAuthRefusal | undefined {
  if (thrown instanceof OAuthRefusal) return thrown;
  if (thrown instanceof Refusal && (thrown.code.startsWith('body-') || thrown.code === 'client-went-away')) {
    const error = BODY_ERRORS[context.path] ?? 'invalid_request';
    return new OAuthRefusal(error, `The request body was refused: ${thrown.code}.`, {
      status: BODY_STATUS[thrown.code] ?? 400,
    });
  }
  return undefined;
}
