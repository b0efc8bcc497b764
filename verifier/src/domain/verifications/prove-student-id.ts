import {
  type DeterminedStatus,
  type JsonObject,
  readableX5cChain,
  rejected,
  STUDENT_ID_VCT,
  type StatusReference,
  type Verdict,
  type VerifiedSdJwtVc,
  verifySdJwtVc,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { VerifiedCertificate } from '@lanyard/protocol/x509';
import type { IssuerKeys } from '../mirror/mirror-state.js';
import type { TrustState } from '../trust/trust-state.js';
import {
  type ForeignIssuer,
  type FoundSigner,
  findForeignSigner,
  isEntitled,
  type TrustedIssuer,
} from '../trust/trusted-issuer.js';
import { verdictOfRefusal } from './presentation-reasons.js';

/** Status lists of SD-JWT VCs are JWTs, those of mdocs CWTs. */
export type StatusListForm = 'jwt' | 'cwt';

/** Looks a verified credential's status up at its issuer; an answer that could not be got is `undetermined`. */
export type FindStatus = (
  reference: StatusReference,
  issuer: TrustedIssuer,
  form: StatusListForm,
) => Promise<DeterminedStatus>;

/** Whether its CA has taken a signer's certificate back; false where nobody can say. */
export type IsRevoked = (certificate: VerifiedCertificate, issuer: ForeignIssuer) => Promise<boolean>;

/** A credential that was proved, as far as others are still to be asked about it. */
export interface ProvedCredential {
  status: StatusReference | undefined;
  form: StatusListForm;
  issuer: TrustedIssuer;
  /** Of another university's signer. */
  certificate?: VerifiedCertificate | undefined;
}

/** Who is asked. */
export interface Lookups {
  findStatus: FindStatus;
  isRevoked: IsRevoked;
}

/** A KB-JWT may be this old: a wallet signs just before it sends. */
export const MAX_AGE_SECONDS = 300;
const MAX_FUTURE_SECONDS = 5;

export interface ProveContext {
  keys: IssuerKeys | undefined;
  issuerUrl: string;
  universityCode: string;
  /** Other universities, as far as anybody vouches for them. */
  trust: TrustState;
  nowSeconds: number;
}

/** A student ID whose issuer and holder were proved, and whose issuer it is. */
export interface ProvedStudentId {
  credential: VerifiedSdJwtVc;
  issuer: TrustedIssuer;
  certificate?: VerifiedCertificate | undefined;
}

/** A refusal, with the issuer where its signature held. */
export type NotProved = { verdict: Verdict; issuer?: TrustedIssuer };

/** With a holder: what he must have signed. Without: only where the asker said that any bearer will do. */
export type HolderBinding = { nonce: string; audience: string } | 'not-required';

/**
 * Proves a credential presented as SD-JWT VC, a student ID where no other types were asked for (RFC 9901 §7.3): form,
 * issuer, issuer's signature, entitled, validity, holder. Our own issuer's keys are known by kid, those of others by a
 * chain to their anchors. An issuer is entitled only to its own university's code: another one is `issuer-not-entitled`.
 * Status and policy are still to be looked at.
 */
export function proveStudentId(
  presentation: string,
  binding: HolderBinding,
  context: ProveContext,
  acceptedVcts: readonly string[] = [STUDENT_ID_VCT],
): ProvedStudentId | NotProved {
  const { keys, nowSeconds, trust } = context;
  if (keys === undefined && trust.list === undefined && trust.localAnchors.length === 0)
    return { verdict: { verdict: 'cannot-decide', reason: 'issuer-keys-missing' } };
  let credential: VerifiedSdJwtVc;
  let signer: ReturnType<typeof findSigner> | undefined;
  let signedAtSeconds: unknown;
  try {
    credential = verifySdJwtVc(presentation, {
      findIssuerKey: ({ header, payload }) => {
        signer = findSigner(header, payload.iss, context);
        signedAtSeconds = payload.iat;
        return 'refusal' in signer ? undefined : signer.key;
      },
      nowSeconds,
      keyBinding:
        binding === 'not-required'
          ? { required: false }
          : { required: true, ...binding, maxAgeSeconds: MAX_AGE_SECONDS, maxFutureSeconds: MAX_FUTURE_SECONDS },
      crypto: nodeCrypto,
      acceptedVcts,
    });
  } catch (error) {
    // The issuer was asked for and refused: its own reason says more than that no key was found.
    if (signer !== undefined && 'refusal' in signer) return { verdict: signer.refusal };
    const verdict = verdictOfRefusal(error);
    if (verdict === undefined) throw error;
    return { verdict };
  }
  if (signer === undefined || 'refusal' in signer) throw new TypeError('verified without a signer');
  const { issuer, certificate } = signer;
  const inTime =
    typeof signedAtSeconds !== 'number' ||
    (signer.fromSeconds <= signedAtSeconds && signedAtSeconds <= signer.toSeconds);
  const { university_code: code } = credential.claims;
  if (!inTime || (code !== undefined && !isEntitled(issuer, code, trust, context.universityCode)))
    return { verdict: rejected('issuer-not-entitled'), issuer };
  return { credential, issuer, certificate };
}

function findSigner(header: JsonObject, iss: unknown, context: ProveContext): FoundSigner | { refusal: Verdict } {
  const { keys, nowSeconds, trust } = context;
  if (iss === context.issuerUrl) {
    if (keys === undefined) return { refusal: { verdict: 'cannot-decide', reason: 'issuer-keys-missing' } };
    const own = keys.findDocumentKey(header.kid);
    return own === undefined ? { refusal: rejected('unknown-issuer') } : { ...own, issuer: { kind: 'own' } };
  }
  const issuerUrl = typeof iss === 'string' ? iss : undefined;
  return findForeignSigner(trust, { issuerUrl, chain: readableX5cChain(header.x5c), nowSeconds });
}

/**
 * What a proved credential's signer and status say: accepted where it is valid. Both are looked up at once. A signer
 * whose certificate was taken back signed for nobody.
 */
export async function statusVerdict(
  { status: reference, form, issuer, certificate }: ProvedCredential,
  { findStatus, isRevoked }: Lookups,
): Promise<Verdict> {
  const asked = certificate !== undefined && issuer.kind !== 'own' ? isRevoked(certificate, issuer) : false;
  // Every student ID has an entry; one without it cannot be looked up.
  const status = reference === undefined ? undefined : await findStatus(reference, issuer, form);
  if (await asked) return rejected('issuer-not-entitled');
  if (status === undefined) return { verdict: 'cannot-decide', reason: 'status-unavailable' };
  if (status.status === 'undetermined') {
    return {
      verdict: 'cannot-decide',
      reason: status.code === 'status-list-expired' ? 'status-too-old' : 'status-unavailable',
    };
  }
  if (status.status === 'valid') return { verdict: 'accepted' };
  return rejected(status.status === 'invalid' ? 'revoked' : 'suspended');
}
