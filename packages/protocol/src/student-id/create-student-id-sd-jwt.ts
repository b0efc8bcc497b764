import type { Sign } from '../crypto/port.js';
import { encodeJwsHeader } from '../jws/create-jws.js';
import type { CheckedP256Jwk } from '../jws/p256-jwk.js';
import { assembleSdJwt, finishSdJwt, type PreparedSdJwt } from '../sd-jwt/create-sd-jwt.js';
import type { DigestText } from '../sd-jwt/digest-text.js';
import { encodeMemberTail, type SaltSource } from '../sd-jwt/disclosure.js';
import { SD_JWT_VC_TYP } from '../sd-jwt-vc/verify-sd-jwt-vc.js';
import type { StatusReference } from '../status-list/status-reference.js';
import { parseStudentIdClaims, STUDENT_ID_VCT } from './student-id-claims.js';
import { STUDENT_ID_VCT_INTEGRITY } from './type-metadata.js';

declare const checked: unique symbol;

/** The type and the digest of its metadata (SD-JWT VC §6.2), the same in every copy. */
const TYPE = `"vct":"${STUDENT_ID_VCT}","vct#integrity":"${STUDENT_ID_VCT_INTEGRITY}",`;

/** A document signer's header and issuer, encoded once for all it signs. */
export type StudentIdSigner = { readonly encodedHeader: string; readonly issuerJson: string };

/** Checked claims of one student, encoded once for all copies of a batch. Made only by {@link encodeStudentIdClaims}. */
export type EncodedStudentIdClaims = { readonly tails: readonly string[]; readonly [checked]: true };

/** `issuer` is the credential issuer identifier; `x5c` the chain without root, base64 DER, leaf first (RFC 7515 §4.1.6). */
export function createStudentIdSigner(signer: {
  readonly issuer: string;
  readonly kid: string;
  readonly x5c?: readonly string[];
}): StudentIdSigner {
  const { issuer, kid, x5c } = signer;
  const encodedHeader = encodeJwsHeader({ typ: SD_JWT_VC_TYP, kid, ...(x5c === undefined ? {} : { x5c }) });
  return { encodedHeader, issuerJson: JSON.stringify(issuer) };
}

/** Checks claims against the schema and encodes them. @throws StudentIdError */
export function encodeStudentIdClaims(claims: { readonly [name: string]: unknown }): EncodedStudentIdClaims {
  const tails = Object.entries(parseStudentIdClaims(claims)).map(([name, value]) => encodeMemberTail(name, value));
  return { tails } as unknown as EncodedStudentIdClaims;
}

/** Times are Unix seconds. Equal times for a whole batch keep its copies unlinkable by them. */
export type StudentIdInput = {
  readonly claims: EncodedStudentIdClaims;
  readonly holderJwk: CheckedP256Jwk;
  readonly signer: StudentIdSigner;
  readonly validity: {
    readonly issuedAtSeconds: number;
    readonly notBeforeSeconds: number;
    readonly expiresAtSeconds: number;
  };
  /** An entry used for this copy only (Token Status List §13.2). */
  readonly status: StatusReference;
  readonly salts: SaltSource;
  readonly digestText: DigestText;
};

/**
 * Builds one copy of the student ID (SD-JWT VC) up to its signature, every claim selectively disclosable and
 * nothing else. Write the status entry down before signing.
 *
 * @throws TypeError where a time or the index is not a whole number.
 */
export function prepareStudentIdSdJwt(input: StudentIdInput): PreparedSdJwt {
  return prepareTypedIdSdJwt(input, TYPE);
}

/** `typeJson` holds the members `vct` and `vct#integrity` with a comma behind. */
export function prepareTypedIdSdJwt(input: StudentIdInput, typeJson: string): PreparedSdJwt {
  const { salts, digestText } = input;
  const disclosures = input.claims.tails.map((tail) => salts() + tail);
  // Sorted, so that the order of digests tells nothing about the claims (RFC 9901 §4.2.4.1).
  const digests = disclosures.map(digestText).sort();
  return finishSdJwt(input.signer.encodedHeader, payloadJson(input, digests, typeJson), disclosures);
}

/** Creates one copy of the student ID at once. */
export function createStudentIdSdJwt(input: StudentIdInput & { readonly sign: Sign }): string {
  const prepared = prepareStudentIdSdJwt(input);
  return assembleSdJwt(prepared, input.sign(prepared.signingInput));
}

/** Written by hand: everything that is not a number, a checked coordinate or a digest was serialised before. */
function payloadJson(input: StudentIdInput, digests: readonly string[], typeJson: string): string {
  const { holderJwk, signer, status, validity } = input;
  const { issuedAtSeconds: iat, notBeforeSeconds: nbf, expiresAtSeconds: exp } = validity;
  for (const number of [iat, nbf, exp, status.index]) {
    if (!Number.isSafeInteger(number)) throw new TypeError('times and index are whole numbers');
  }
  return (
    `{"_sd":["${digests.join('","')}"],"iss":${signer.issuerJson},"iat":${iat},"nbf":${nbf},"exp":${exp},` +
    `${typeJson}"cnf":{"jwk":{"kty":"EC","crv":"P-256","x":"${holderJwk.x}","y":"${holderJwk.y}"}},` +
    `"status":{"status_list":{"idx":${status.index},"uri":${JSON.stringify(status.uri)}}},"_sd_alg":"sha-256"}`
  );
}
