/** The signed list of universities and their roots (docs/formats.md, trust list). */
export {
  type AcceptedTrustList,
  acceptTrustList,
  pinTrustListOperator,
  readStoredTrustAnchor,
  storedTrustAnchor,
} from './accept-trust-list.js';
export { assembleTrustList, encodeTrustList, type OperatorJwk, prepareTrustList } from './create-trust-list.js';
export { TrustListError, type TrustListErrorCode } from './errors.js';
export { findTrustedIssuer, findTrustedUniversity, type IssuerRefusal, isRetired } from './find-issuer.js';
export { readTrustList } from './read-trust-list.js';
export { TRUST_LIST_TYP, type TrustAnchor, type TrustEntry, type TrustList, type TrustState } from './trust-list.js';
