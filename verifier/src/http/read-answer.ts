import {
  Base64urlError,
  checkAnswerShape,
  DcqlAnswerError,
  type JsonObject,
  parseStrictJson,
  parseVpToken,
  StrictJsonError,
  type VpToken,
  VpTokenError,
} from '@lanyard/protocol';
import { decryptResponse, ResponseEncryptionError } from '../adapters/response-encryption.js';
import type { OpenPresentation } from '../storage/presentation-store.js';
import { OAuthRefusal } from './oauth-refusal.js';

/** An answer that belongs to its request and has the shape the query asks for; or the wallet's own error. */
export type ReceivedAnswer = { token: VpToken } | { error: string };

const TOKEN_LIMITS = { maxBytes: 524_288, maxDepth: 4 };
const ERROR = /^[a-z_]{1,64}$/;

/**
 * Reads the form of a response (OpenID4VP 1.0 §8.2, §8.3, §8.5): in the mode that was asked for, with the state that was
 * given out. Errors come in the clear in both modes (§8.3.1). Nothing in the presentations is verified.
 *
 * @throws OAuthRefusal
 */
export async function readAnswer(
  form: Record<string, string>,
  presentation: OpenPresentation,
): Promise<ReceivedAnswer> {
  try {
    const content = await contentOf(form, presentation);
    if (content['state'] !== presentation.walletState)
      throw new OAuthRefusal('The answer belongs to another request.', 'state-wrong');
    return answerIn(content, presentation);
  } catch (thrown) {
    throw toRefusal(thrown);
  }
}

/**
 * Reads what a wallet gave a page over the Digital Credentials API (Appendix A.3): `{response}` with `dc_api.jwt`,
 * `{vp_token}` with `dc_api`. The page brings it to the one who asked, so there is no state.
 *
 * @throws OAuthRefusal
 */
export async function readPageAnswer(data: JsonObject, presentation: OpenPresentation): Promise<ReceivedAnswer> {
  try {
    const key = presentation.encryptionKey;
    const { response, ...clear } = data;
    if ((key !== undefined) !== (response !== undefined))
      throw new OAuthRefusal('This response mode was not asked for.', 'response-mode-wrong');
    if (key === undefined) return answerIn(clear, presentation);
    if (typeof response !== 'string' || Object.keys(clear).length > 0)
      throw new OAuthRefusal('An encrypted answer stands alone.', 'parameters-beside-response');
    return answerIn(await decryptResponse(response, key), presentation);
  } catch (thrown) {
    throw toRefusal(thrown);
  }
}

function answerIn({ error, vp_token: value }: JsonObject, { query }: OpenPresentation): ReceivedAnswer {
  if (error !== undefined) {
    if (typeof error !== 'string' || !ERROR.test(error) || value !== undefined)
      throw new OAuthRefusal('The error response is malformed.', 'error-malformed');
    return { error };
  }
  const token = parseVpToken(value);
  checkAnswerShape(query, token);
  return { token };
}

async function contentOf(form: Record<string, string>, presentation: OpenPresentation): Promise<JsonObject> {
  const { response, ...clear } = form;
  const key = presentation.encryptionKey;
  if (response !== undefined) {
    if (key === undefined) throw new OAuthRefusal('This response mode was not asked for.', 'response-mode-wrong');
    if (Object.keys(clear).length > 0)
      throw new OAuthRefusal('An encrypted answer stands alone.', 'parameters-beside-response');
    return decryptResponse(response, key);
  }
  const { vp_token: token, state, error } = clear;
  if (error !== undefined) return { ...(state === undefined ? {} : { state }), error };
  if (key !== undefined) throw new OAuthRefusal('The answer has to be encrypted.', 'response-mode-wrong');
  if (token === undefined || state === undefined)
    throw new OAuthRefusal('vp_token and state are needed.', 'parameter-missing');
  return { state, vp_token: parseStrictJson(new TextEncoder().encode(token), TOKEN_LIMITS) };
}

/** To the wallet without detail, to the log with the failed check. */
function toRefusal(thrown: unknown): unknown {
  if (thrown instanceof ResponseEncryptionError)
    return new OAuthRefusal('The encrypted answer was refused.', thrown.code);
  if (thrown instanceof VpTokenError || thrown instanceof StrictJsonError || thrown instanceof Base64urlError)
    return new OAuthRefusal('vp_token is malformed.', thrown.code);
  if (thrown instanceof DcqlAnswerError)
    return new OAuthRefusal('vp_token is not what the query asks for.', thrown.code);
  return thrown;
}
