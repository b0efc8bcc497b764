import type { CertificateName, LeafProfile } from './create-certificate.js';
import { EKU_MDOC_DOCUMENT_SIGNER, EKU_STATUS_SIGNER } from './purposes.js';
import type { CertificateUsage } from './verify-certificate-chain.js';

/** Uses of the issuer's signers that the root certifies. Audit heads stay within the installation. */
export const CERTIFIED_USES = ['document', 'status', 'pass', 'package'] as const;
export type CertifiedUse = (typeof CERTIFIED_USES)[number];

export function isCertifiedUse(use: string): use is CertifiedUse {
  return CERTIFIED_USES.some((certified) => certified === use);
}

/** The one name a signer has: of documents the issuer itself (SD-JWT VC compares it with `iss`), of others a part of it. */
const PATHS = { document: '', status: '/status-lists', pass: '/passes', package: '/people-part' } as const;
const TITLES = {
  document: 'document signer',
  status: 'status signer',
  pass: 'pass signer',
  package: 'package signer',
} as const;

/** What a certificate for this use says (docs/formats.md, certificates). */
export function signerProfile(use: CertifiedUse, issuerUrl: string): LeafProfile {
  return {
    kind: 'leaf',
    uri: `${issuerUrl}${PATHS[use]}`,
    extendedKeyUsages: use === 'document' ? [EKU_MDOC_DOCUMENT_SIGNER] : [],
    revocationListUri: `${issuerUrl}/crl`,
  };
}

/** What whoever verifies it has to ask for, so that a signer of one use is refused for every other. */
export function signerUsage(use: CertifiedUse, issuerUrl: string): CertificateUsage {
  return {
    uri: `${issuerUrl}${PATHS[use]}`,
    extendedKeyUsage: use === 'document' ? EKU_MDOC_DOCUMENT_SIGNER : EKU_STATUS_SIGNER,
  };
}

export function signerSubject(use: CertifiedUse, kidHex: string, universityName: string): CertificateName {
  return { commonName: `${TITLES[use]} ${kidHex}`, organization: universityName };
}
