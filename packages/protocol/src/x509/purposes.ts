/** id-mdl-kp-mdlDS: signs documents (ISO/IEC 18013-5 Annex B). SD-JWT VC asks for no purpose of its own. */
export const EKU_MDOC_DOCUMENT_SIGNER = '1.0.18013.5.1.2';

/**
 * id-kp-oauthStatusSigning (draft-ietf-oauth-status-list-21 §10) has no number yet: the draft says `id-kp TBD`, and
 * 1.3.6.1.5.5.7.3.30, met in the wild, is id-kp-bgpsec-router (RFC 8209). Until there is one, a status signer's
 * certificate names no purpose, and one that names any is refused for lists.
 */
export const EKU_STATUS_SIGNER = 'none';
