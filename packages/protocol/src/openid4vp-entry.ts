export { checkAnswered, checkAnswerShape } from './dcql/check-answer-shape.js';
export {
  type CheckedDcqlAnswer,
  checkCredential,
  checkDcqlAnswer,
  type PresentedCredential,
} from './dcql/check-dcql-answer.js';
export {
  DcqlAnswerError,
  type DcqlAnswerErrorCode,
  DcqlQueryError,
  type DcqlQueryErrorCode,
} from './dcql/errors.js';
export { matchingClaims, selectByPath } from './dcql/match-claims.js';
export {
  type DcqlClaimsPath,
  type DcqlClaimsQuery,
  type DcqlCredentialQuery,
  type DcqlCredentialSetQuery,
  type DcqlQuery,
  type DcqlTrustedAuthorities,
  type MdocCredentialQuery,
  parseDcqlQuery,
  type SdJwtCredentialQuery,
} from './dcql/z-dcql-query.js';
export {
  type AuthorizationRequest,
  isRedirectMode,
  parseAuthorizationRequest,
  REQUEST_OBJECT_TYP,
  RESPONSE_MODES,
  type ResponseMode,
  STATIC_WALLET_AUDIENCE,
} from './openid4vp/authorization-request.js';
export { CLIENT_ID_PREFIXES, type ClientId, type ClientIdPrefix, parseClientId } from './openid4vp/client-id.js';
export {
  type ClientMetadata,
  MDOC_ALG_VALUES,
  RESPONSE_ENC_VALUES,
  type ResponseEncryptionJwk,
  type ResponseEncValue,
} from './openid4vp/client-metadata.js';
export {
  DC_API_RESPONSE_MODES,
  DC_API_SIGNED,
  DC_API_UNSIGNED,
  type DcApiRequest,
  type DcApiResponseMode,
  dcApiAudience,
  parseDcApiRequest,
} from './openid4vp/dc-api-request.js';
export {
  AuthorizationRequestError,
  type AuthorizationRequestErrorCode,
  VpTokenError,
  type VpTokenErrorCode,
} from './openid4vp/errors.js';
export { parseVpToken, type VpToken } from './openid4vp/parse-vp-token.js';
export {
  CONFIRM_TRANSACTION_TYPE,
  encodeTransactionData,
  parseTransactionData,
  type ReceivedTransactionData,
  TRANSACTION_TYPES,
  type TransactionData,
  type TransactionType,
  transactionClaims,
  transactionsOf,
} from './openid4vp/transaction-data.js';
