import { hash } from 'node:crypto';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { verifyJws } from '../../../src/jws/verify-jws.js';
import { createSdJwt, type SdTree } from '../../../src/sd-jwt/create-sd-jwt.js';
import type { DigestText } from '../../../src/sd-jwt/digest-text.js';
import { parseSdJwt } from '../../../src/sd-jwt/parse-sd-jwt.js';
import { assembleKeyBinding, prepareKeyBinding } from '../../../src/sd-jwt/present-sd-jwt.js';
import { createSaltSource } from '../../../src/sd-jwt/salt-source.js';
import { type TestKey, testKey } from '../jws/support.js';

export const digestText: DigestText = (text) => hash('sha256', text, 'base64url');
export const issuer = testKey();
export const holder = testKey();

/** Salts in a fixed order: equal runs give equal disclosures. */
export function fixedSalts(seed = 1) {
  let draw = seed;
  return createSaltSource((length) =>
    Uint8Array.from({ length }, (_, at) => (at * 7 + Math.floor(at / 18) * 13 + draw++) & 255),
  );
}

export function issue(claims: { readonly [name: string]: SdTree }, key: TestKey = issuer): string {
  return createSdJwt({ typ: 'example+sd-jwt' }, claims, { salts: fixedSalts(), digestText, sign: key.sign });
}

/** Parses and verifies the issuer's signature. */
export function receive(compact: string, key: TestKey = issuer) {
  const sdJwt = parseSdJwt(compact, digestText);
  verifyJws(sdJwt.jws, key.verifyKey, { typ: null, crypto: nodeCrypto });
  return sdJwt;
}

export const NONCE = '1234567890';
export const AUDIENCE = 'https://verifier.example.org';
export const NOW = 1_700_000_000;

export function bind(presentation: string, key: TestKey = holder): string {
  const prepared = prepareKeyBinding({
    presentation,
    nonce: NONCE,
    audience: AUDIENCE,
    issuedAtSeconds: NOW,
    digestText,
  });
  return assembleKeyBinding(presentation, prepared, key.sign(prepared.signingInput));
}
