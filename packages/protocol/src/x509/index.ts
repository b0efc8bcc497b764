/**
 * Certificates of signers and verifiers: a chain in a narrow profile, the names a client identifier is compared with,
 * requests for certificates, and lists of revoked ones. An entry of its own, so that a wallet loads ASN.1 only when somebody asks for a presentation.
 */
export {
  type CheckpointList,
  checkpointListTyp,
  createCheckpointList,
  findSigningCheckpoint,
  type ListedCheckpoint,
  verifyCheckpointList,
} from '../checkpoint-list/checkpoint-list.js';
export { authorityKeyIdsOf } from './authority-key-ids.js';
export { certificateHasClientId, certificateHash, dnsNamesOf } from './certificate-identity.js';
export {
  type CertificateListPlan,
  createCertificateList,
  type RevokedCertificate,
  verifyCertificateList,
} from './certificate-list.js';
export { createCertificateRequest, verifyCertificateRequest } from './certificate-request.js';
export {
  assembleCertificate,
  type CertificateName,
  type CertificatePlan,
  type LeafProfile,
  type PreparedCertificate,
  prepareCertificate,
} from './create-certificate.js';
export { X509Error, type X509ErrorCode } from './errors.js';
export { compressPoint, pointOfJwk, type VerifyEs256, verifyEs256With, webVerifyEs256 } from './es256.js';
export { type ParsedCertificate, parseCertificate, publicPointOf } from './parse-certificate.js';
export { EKU_MDOC_DOCUMENT_SIGNER, EKU_STATUS_SIGNER } from './purposes.js';
export {
  CERTIFIED_USES,
  type CertifiedUse,
  isCertifiedUse,
  signerProfile,
  signerSubject,
  signerUsage,
} from './signer-certificate.js';
export {
  type CertificateChainInput,
  type CertificateUsage,
  type VerifiedCertificate,
  verifyCertificateChain,
  verifyCertificateChainAsync,
} from './verify-certificate-chain.js';
