/** Extended key usage of a certificate that signs mdocs (ISO/IEC 18013-5 Annex B.1.4): for `usage` of a chain's check. */
export const MDOC_DOCUMENT_SIGNER_USAGE = '1.0.18013.5.1.2';
