import { type JsonValue, parseStrictJson, StrictJsonError } from '@lanyard/protocol';
import { walletLacks } from '../domain/presentations/wallet-metadata.js';
import type { OpenPresentation } from '../storage/presentation-store.js';
import { OAuthRefusal } from './oauth-refusal.js';

const METADATA_LIMITS = { maxBytes: 32_768, maxDepth: 8 };
/** Echoed inside what we sign: visible ASCII, and no longer than any nonce has to be. */
const WALLET_NONCE = /^[\x21-\x7e]{1,512}$/;

/** The form of a request by POST (OpenID4VP 1.0 §5.10); both parameters may be missing, others are left alone. @throws OAuthRefusal */
export function readWalletForm(form: Record<string, string>): {
  metadata: JsonValue | undefined;
  nonce: string | undefined;
} {
  const { wallet_metadata: metadata, wallet_nonce: nonce } = form;
  if (nonce !== undefined && !WALLET_NONCE.test(nonce))
    throw new OAuthRefusal('wallet_nonce is malformed.', 'wallet-nonce-malformed');
  return { metadata: metadata === undefined ? undefined : parseMetadata(metadata), nonce };
}

/** @throws OAuthRefusal naming what the wallet lacks */
export function requireAble(metadata: JsonValue, presentation: OpenPresentation): void {
  const { clientId, responseMode, query, encryptionKey } = presentation;
  const lacking = walletLacks(metadata, { clientId, responseMode, query, encrypted: encryptionKey !== undefined });
  if (lacking === undefined) return;
  const error = lacking === 'vp_formats_supported' ? 'vp_formats_not_supported' : 'invalid_request';
  throw new OAuthRefusal(`The wallet cannot answer this request: ${lacking}.`, `wallet-lacks ${lacking}`, 400, error);
}

function parseMetadata(text: string): JsonValue {
  try {
    return parseStrictJson(new TextEncoder().encode(text), METADATA_LIMITS);
  } catch (thrown) {
    if (!(thrown instanceof StrictJsonError)) throw thrown;
    throw new OAuthRefusal('wallet_metadata is malformed.', thrown.code);
  }
}
