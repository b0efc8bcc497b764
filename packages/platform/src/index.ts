/**
 * Server plumbing shared by all services: configuration, logging, problems (RFC 9457), guarded routes, PostgreSQL with
 * one schema and three roles per service, authentication of callers, sealed key files, the audit chain. It knows no
 * student and no credential. Not public: versions move with the repository.
 */

export { AUDIT_SUBJECT, type AuditEvent, appendAudit } from './audit/append-audit.js';
export { signAuditHead } from './audit/audit-head.js';
export { createAuditRoutes, readAuditKeys } from './audit/audit-routes.js';
export { runAuditSealer } from './audit/run-sealer.js';
export { type AuditHead, readAuditHead, sealAudit } from './audit/seal-audit.js';
export { type AuditCheck, verifyAudit } from './audit/verify-audit.js';
export { createCallerStore } from './auth/caller-store.js';
export { createCallerToken } from './auth/create-caller-token.js';
export { introduceCallers } from './auth/introduce-callers.js';
export { createOperatorTokenDigest } from './auth/operator-token-digest.js';
export { addSourceKeyRoutes } from './auth/source-key-routes.js';
export { callingSource, createSourceSystems, type SourceSystems } from './auth/source-systems.js';
export { type BearerAuthentication, createBearerAuthentication, type HeaderSource } from './auth/verify-bearer.js';
export {
  type CallerTokenVerifier,
  createCallerTokenVerifier,
  type FindCallerKey,
  type KnownCaller,
} from './auth/verify-caller-token.js';
export { certificatesOfPem } from './certificates/certificates-of-pem.js';
export {
  makeRoot,
  type OfflineRoot,
  openRoot,
  type RecordRootSignature,
  type RootRecord,
  rootName,
  type SignerRequest,
} from './certificates/offline-root.js';
export { createPkcs12, Pkcs12Error, readPkcs12, type TlsIdentity } from './certificates/pkcs12.js';
export {
  type ChainPolicy,
  type ValidatedChain,
  validateCertificateChain,
} from './certificates/validate-certificate-chain.js';
export {
  type CallOptions,
  createServiceClient,
  ServiceCallError,
  type ServiceClient,
} from './client/create-service-client.js';
export { ConfigurationError, parseConfig } from './config/parse-config.js';
export {
  connectDatabase,
  type Database,
  type Queryable,
  type Transaction,
  violatedConstraint,
} from './db/connect-database.js';
export {
  CannotCreateRolesError,
  PLATFORM_MIGRATIONS,
  type PreparedSchema,
  prepareSchema,
  type SchemaPlan,
} from './db/prepare-schema.js';
export { createApiTextRoutes } from './http/api-text-routes.js';
export { actorOf, type Caller, type CallerRule, isAllowed } from './http/caller.js';
export { clientAddress } from './http/client-address.js';
export {
  type Authenticate,
  createRoutes,
  type RouteAnswer,
  type RouteGuard,
  type RouteInput,
} from './http/create-routes.js';
export { createServiceApp, type ServiceAppOptions, type ServiceMiddleware } from './http/create-service-app.js';
export { idempotentDigest, type KeptAnswer, onceByKey } from './http/idempotency.js';
export type { MetricSample } from './http/metric-sample.js';
export { type OpenApiInfo, openApiOf } from './http/open-api.js';
export { parseFormBody, parseJsonBody, readBody } from './http/read-body.js';
export { COMMON_PROBLEMS, type CommonCode, type ProblemTable, type ProblemText, Refusal } from './http/refusal.js';
export { createRequestLog, type RequestLog, SAFE_HEADERS } from './http/request-log.js';
export { type RunningService, runService } from './http/run-service.js';
export { requireSameOrigin } from './http/same-origin.js';
export { type PagesOptions, servePages } from './http/serve-pages.js';
export { setCookie } from './http/set-cookie.js';
export { type ProblemAnswer, problemAnswer } from './http/write-problem.js';
export { openClientKey } from './keys/client-key.js';
export { createFileCustody, type HeldKey, type KeyCustody } from './keys/key-custody.js';
export { openCustody } from './keys/open-custody.js';
export { CustodyError, type CustodyErrorCode } from './keys/pkcs11-custody.js';
export { keyIdOf, openSealedStore, type SealedStore, writeDurably } from './keys/sealed-store.js';
export { type ActiveSigner, openSigners, type Signers } from './keys/signers.js';
export { createLogger, type LogFields, type Logger } from './log/create-logger.js';
export { createLineWriter } from './log/line-writer.js';
export {
  addressFromOutside,
  createGuardedFetch,
  type GuardedAnswer,
  type GuardedFetch,
  GuardedFetchError,
  type GuardedRequest,
  isPrivateAddress,
  parseHostList,
} from './net/guarded-fetch.js';
export { createTlsRequest, type SendRequest } from './net/mutual-tls-fetch.js';
export { readJpegSize, stripJpegMetadata } from './pictures/jpeg.js';
export { ACR_LADDER, type AcrLevel, acrOf, acrsFrom, higher, levelOf, reaches } from './relying-party/acr.js';
export { createSignIn, type SignIn, type SignInOptions } from './relying-party/create-sign-in.js';
export { type LogoutOrder, LogoutTokenError } from './relying-party/logout-token.js';
export {
  createMemoryPendingSignIns,
  type PendingSignIn,
  type PendingSignIns,
} from './relying-party/pending-sign-ins.js';
export { createPostgresSignIns, type PostgresSignIns } from './relying-party/postgres-sign-ins.js';
export { SIGN_IN_PROBLEMS, type SignInCode } from './relying-party/sign-in-problems.js';
export { createSignInRoutes } from './relying-party/sign-in-routes.js';
export {
  actorOfSubject,
  readRoleText,
  roleTextOf,
  type ScopedRoleText,
  type SignedInPerson,
} from './relying-party/signed-in-person.js';
export { applyRetention, retainByRules } from './retention/apply-retention.js';
export { eraseAudit } from './retention/erase-audit.js';
export { KEEPING, type RetentionRule, retentionRows, retentionRule } from './retention/retention-rule.js';
export { type Clock, dayInShanghai, startOfDay, systemClock } from './time/clock.js';
export { createBatch } from './time/create-batch.js';
export { type LongPoll, lookUntil } from './time/look-until.js';
export { createWakeBell, type WakeBell } from './time/wake-bell.js';
export {
  auditTrustListAlarm,
  openTrustList,
  type TrustListReader,
  type TrustListSource,
  type TrustListStore,
  type TrustProblem,
} from './trust/open-trust-list.js';
export { hasTrustListKey, TRUST_LIST_SETTINGS, trustListSourceOf } from './trust/trust-list-settings.js';
export { zAfter } from './wire/after.js';
export {
  type CardTap,
  type IssuerTapResult,
  zCardTaps,
  zDecidedTaps,
  zIssuerTapResults,
  zSunFields,
} from './wire/card-taps.js';
export { zDay, zInstant } from './wire/day.js';
