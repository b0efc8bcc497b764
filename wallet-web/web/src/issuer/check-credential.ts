import {
  decodeBase64url,
  digestTextWith,
  disclosedStudentIdClaims,
  equalBytes,
  holderJwkOf,
  type ParsedJws,
  parseP256Jwk,
  parsePass,
  parseSdJwt,
  processDisclosures,
  STUDENT_ID_VCT,
  type StudentIdClaims,
} from '@lanyard/protocol';
import { webHashes } from '@lanyard/protocol/web-crypto';
import type { PublicJwk } from '../storage/kept.js';

/** A credential that is not what was asked for. */
export class CredentialProblem extends Error {
  override readonly name = 'CredentialProblem';
}

const digestText = digestTextWith(webHashes.sha256);

/**
 * Checks a received student ID: disclosures under their digests, type, issuer, our own key in it, and the issuer's
 * signature under one of its published keys. @throws CredentialProblem, and those of the parsers
 */
export async function checkStudentId(
  compact: string,
  expected: { issuer: string; ownKey: PublicJwk; issuerKeys: readonly Record<string, unknown>[] },
): Promise<{ claims: Partial<StudentIdClaims>; expiresAtSeconds: number }> {
  const parsed = parseSdJwt(compact, digestText);
  const { claims } = processDisclosures(parsed.payload, parsed.disclosures);
  if (claims['vct'] !== STUDENT_ID_VCT) throw new CredentialProblem('vct');
  if (claims['iss'] !== expected.issuer) throw new CredentialProblem('iss');
  const bound = holderJwkOf(claims);
  if (bound.x !== expected.ownKey.x || bound.y !== expected.ownKey.y) throw new CredentialProblem('cnf');
  await requireSignature(parsed.jws, expected.issuerKeys);
  const expires = claims['exp'];
  if (typeof expires !== 'number') throw new CredentialProblem('exp');
  return { claims: disclosedStudentIdClaims(claims), expiresAtSeconds: expires };
}

export async function requireSignature(jws: ParsedJws, keys: readonly Record<string, unknown>[]): Promise<void> {
  const es256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  for (const jwk of keys.filter((key) => key['kid'] === jws.header['kid'])) {
    const { x, y } = parseP256Jwk(jwk);
    const key = await crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x, y }, es256, false, ['verify']);
    const holds = await crypto.subtle.verify(
      es256,
      key,
      new Uint8Array(jws.signature),
      new Uint8Array(jws.signingInput),
    );
    if (holds) return;
  }
  throw new CredentialProblem('signature');
}

/** Checks a received pass: its form and our own key in it. Who may sign passes is for those who check them. */
export function checkPass(text: string, ownKey: PublicJwk): { expiresAtSeconds: number } {
  const { claims } = parsePass(decodeBase64url(text));
  if (!equalBytes(claims.holderKey.subarray(1), decodeBase64url(ownKey.x))) throw new CredentialProblem('cnf');
  return { expiresAtSeconds: claims.expiresSeconds };
}

/** The portrait claim as JPEG bytes. */
export function portraitBytes(claims: Partial<StudentIdClaims>): Uint8Array | undefined {
  return claims.portrait === undefined ? undefined : decodeBase64url(claims.portrait);
}
