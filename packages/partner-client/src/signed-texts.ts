import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { SignedTextError } from './partner-error.js';

/** Fetches a key set; called again when a text names a key that is not in the last one, and at most once a minute. */
export type FetchKeys = () => Promise<JSONWebKeySet>;

const AGAIN_MS = 60_000;

export interface VerifyOptions {
  readonly typ: string;
  readonly issuer: string;
  readonly audience: string;
  /** Seconds; undefined for evidence, which has no age. */
  readonly maxAgeSeconds?: number;
  readonly nowMs: number;
}

/** Verifies texts of one kind under keys that may be renewed meanwhile. */
export function createSignedTexts(fetchKeys: FetchKeys, nowMs: () => number) {
  let keys: JSONWebKeySet | undefined;
  let fetchedMs = Number.NEGATIVE_INFINITY;

  async function keysFor(text: string): Promise<JSONWebKeySet> {
    const { kid } = decodeProtectedHeader(text);
    const known = keys?.keys.some((key) => key.kid === kid) === true;
    if (keys === undefined || (!known && nowMs() - fetchedMs >= AGAIN_MS)) {
      keys = await fetchKeys();
      fetchedMs = nowMs();
    }
    return keys;
  }

  return {
    /** @throws SignedTextError */
    async verify(text: string, options: VerifyOptions): Promise<JWTPayload> {
      try {
        const { payload } = await jwtVerify(text, createLocalJWKSet(await keysFor(text)), {
          ...{ algorithms: ['ES256'], typ: options.typ, issuer: options.issuer, audience: options.audience },
          ...{ currentDate: new Date(options.nowMs), clockTolerance: 30 },
          ...(options.maxAgeSeconds === undefined ? {} : { maxTokenAge: options.maxAgeSeconds }),
        });
        return payload;
      } catch (cause) {
        throw new SignedTextError(cause instanceof Error ? cause.message : 'does not verify', { cause });
      }
    },
  };
}
