import {
  decodeBase64,
  digestTextWith,
  holderJwkOf,
  type JsonObject,
  parseSdJwt,
  processDisclosures,
} from '@lanyard/protocol';
import { webHashes } from '@lanyard/protocol/web-crypto';
import { parseCertificate, webVerifyEs256 } from '@lanyard/protocol/x509';
import type { PublicJwk } from '../storage/kept.js';
import { CredentialProblem, requireSignature } from './check-credential.js';
import { checkMdoc } from './check-mdoc.js';
import type { Configuration } from './issuer-metadata.js';

const digestText = digestTextWith(webHashes.sha256);
/** For a credential that names no end. */
const NO_END_SECONDS = 8_640_000_000_000;

export interface ExpectedOther {
  readonly configuration: Configuration;
  readonly issuer: string;
  readonly ownKey: PublicJwk;
  readonly nowSeconds: number;
  /** The issuer's published keys; asked for only where the credential brings no certificate. */
  readonly issuerKeys: () => Promise<readonly Record<string, unknown>[]>;
}

/**
 * Checks a credential of another issuer: its type, our own key in it, digests, signature, validity. Proves that it is
 * whole and ours, and NOT who signed it: nobody here vouches for that issuer.
 * @throws CredentialProblem, and those of the parsers
 */
export async function checkOther(text: string, expected: ExpectedOther): Promise<{ expiresAtSeconds: number }> {
  const { configuration, ownKey, nowSeconds } = expected;
  if (configuration.format === 'mso_mdoc') {
    const { expiresAtSeconds } = await checkMdoc(text, { docType: configuration.type, ownKey, nowSeconds });
    return { expiresAtSeconds };
  }
  const parsed = parseSdJwt(text, digestText);
  const { claims } = processDisclosures(parsed.payload, parsed.disclosures);
  if (claims['vct'] !== configuration.type) throw new CredentialProblem('vct');
  const bound = holderJwkOf(claims);
  if (bound.x !== ownKey.x || bound.y !== ownKey.y) throw new CredentialProblem('cnf');
  const expires = validUntil(claims, nowSeconds);
  const leaf = leafOf(parsed.jws.header['x5c']);
  if (leaf === undefined) {
    // SD-JWT VC: keys are found by `iss`, which has to be whom we asked.
    if (claims['iss'] !== expected.issuer) throw new CredentialProblem('iss');
    await requireSignature(parsed.jws, await expected.issuerKeys());
  } else if (!(await webVerifyEs256(leaf.publicPoint, parsed.jws.signingInput, parsed.jws.signature))) {
    throw new CredentialProblem('signature');
  }
  return { expiresAtSeconds: expires };
}

function validUntil({ exp, nbf }: JsonObject, nowSeconds: number): number {
  if (typeof nbf === 'number' && nbf > nowSeconds + 60) throw new CredentialProblem('nbf');
  if (exp === undefined) return NO_END_SECONDS;
  if (typeof exp !== 'number' || exp <= nowSeconds) throw new CredentialProblem('exp');
  return exp;
}

function leafOf(x5c: unknown) {
  if (x5c === undefined) return undefined;
  const [leaf] = Array.isArray(x5c) ? x5c : [];
  if (typeof leaf !== 'string') throw new CredentialProblem('x5c');
  return parseCertificate(decodeBase64(leaf));
}
