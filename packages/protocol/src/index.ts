/**
 * Documents and checks of Lanyard: pure functions over bytes, JSON and a time given as argument. No clock, no network,
 * no Node built-ins; cryptography comes in through `CryptoPort` (`@lanyard/protocol/node-crypto`, `…/web-crypto`).
 * Issuer, verifier, wallet and reader share these functions, so that no two of them can read a document differently.
 */
export { decodeBase45, encodeBase45 } from './base45/base45.js';
export {
  compareBytes,
  concatBytes,
  copyBytes,
  equalBytes,
  plainBytes,
  readUint32,
  writeUint32,
} from './bytes/bytes.js';
export { ascii, fromHex, latin1, toHex } from './bytes/text.js';
export type { CborMap, CborValue } from './cbor/cbor-value.js';
export { type CborLimits, decodeCbor } from './cbor/decode-cbor.js';
export { encodeCbor } from './cbor/encode-cbor.js';
export { cborFromPlain, plainFromCbor } from './cbor/plain-cbor.js';
export {
  type Challenge,
  challengeBytes,
  challengePrefix,
  createChallenge,
  parseChallenge,
} from './challenge/challenge.js';
export {
  assembleSign1,
  createSign1,
  encodeProtectedHeader,
  prepareSign1,
  type Sign1Parts,
} from './cose/create-sign1.js';
export { type ParsedSign1, parseSign1 } from './cose/parse-sign1.js';
export { coseEs256, coseLabel } from './cose/sign1-bytes.js';
export { readOwnHeader, verifySign1 } from './cose/verify-sign1.js';
export type { CryptoPort, HashPort, RandomBytes, Sign, SignAsync, VerifyKey } from './crypto/port.js';
export { createVerifyKeyCache, type VerifyKeyCache } from './crypto/verify-key-cache.js';
export { DocumentError, type DocumentErrorCode } from './errors.js';
export {
  assembleGateCode,
  type GateCodeSecrets,
  gateCodeBytes,
  gateCodePrefix,
  gateCodeSecrets,
  type PreparedGateCode,
  prepareGateCode,
} from './gate-code/create-gate-code.js';
export { type ParsedGateCode, parseGateCode } from './gate-code/parse-gate-code.js';
export { verifyGateCodeSignature } from './gate-code/verify-gate-code.js';
export { handleOf, keyDay, keyDayStartSeconds, linkKeyOfDay, maskOf, nextLinkKey } from './gate-key/gate-key.js';
export * from './jose-entry.js';
export {
  type AcceptPackageResult,
  acceptPackage,
  type PackageRefusal,
  type PackageState,
  type PinnedSigners,
  passListName,
} from './offline-package/accept-package.js';
export {
  type AgentSettingName,
  type AgentSettings,
  agentSettingNames,
  type CarriedSettings,
  maxCarriedSettings,
  parseAgentSettings,
  settingsFor,
} from './offline-package/agent-settings.js';
export {
  type ApplyPeopleResult,
  applyPeopleDelta,
  applyPeoplePart,
  type PeopleRefusal,
  type PeopleState,
} from './offline-package/apply-people-delta.js';
export {
  type CheckpointPart,
  checkpointPartMaxBytes,
  maxEmergencyRows,
  type PassListSequence,
} from './offline-package/checkpoint-part.js';
export { type CheckpointPolicy, type PolicyHours, parseCheckpointPolicy } from './offline-package/checkpoint-policy.js';
export { createCheckpointPart } from './offline-package/create-checkpoint-part.js';
export {
  createPeopleDelta,
  createPeoplePart,
  diffPeopleRows,
  type PartSigner,
  peopleTableDigest,
} from './offline-package/create-people-part.js';
export {
  type EmergencyMode,
  type GateOrder,
  type GatePeer,
  maxEmergencySeconds,
  maxGateOrders,
  maxGatePeers,
  modeAt,
} from './offline-package/gate-orders.js';
export {
  type AntiPassbackPolicy,
  type DarkDaysPolicy,
  type DoorPolicy,
  type GatePolicy,
  gatePolicyDefaults,
} from './offline-package/gate-policy.js';
export {
  encodePackageEnvelope,
  type PackageEnvelope,
  packageEnvelopePieces,
  packageMaxBytes,
  parsePackageEnvelope,
} from './offline-package/package-envelope.js';
export { type VerifiedCheckpointPart, verifyCheckpointPart } from './offline-package/parse-checkpoint-part.js';
export { type VerifiedPeoplePart, verifyPeoplePart } from './offline-package/parse-people-part.js';
export {
  type PeoplePart,
  type PeoplePartHead,
  peoplePartMaxBytes,
  type SignerKey,
} from './offline-package/people-part.js';
export {
  checkPeopleRows,
  decodePeopleRow,
  encodePeopleRows,
  type PeopleRow,
  type PersonOfRow,
  peopleRowBytes,
  rowNumbersIn,
} from './offline-package/people-row.js';
export { createPeopleTable, type PeopleTable } from './offline-package/people-table.js';
export { localDay, withinHours } from './offline-package/policy-hours.js';
export {
  decodeRowState,
  encodeRowState,
  type RowState,
  suspendingStates,
} from './offline-package/row-state.js';
export { restorePackage, storePackage } from './offline-package/store-package.js';
export * from './openid4vci-entry.js';
// OpenID4VP, the wallet's side
export {
  createAuthorizationResponse,
  createRefusalResponse,
  type EncryptResponse,
  redirectOf,
} from './openid4vp/wallet/authorization-response.js';
export { type SingleUseCopy, unusedCopies } from './openid4vp/wallet/choose-copy.js';
export {
  createPresentation,
  type HolderTools,
  type KeyBindingTarget,
  signPresentation,
} from './openid4vp/wallet/create-presentation.js';
export { decodeX5c } from './openid4vp/wallet/decode-x5c.js';
export { readDistinguishedName } from './openid4vp/wallet/distinguished-name.js';
export {
  RequestLinkError,
  type RequestLinkErrorCode,
  RequestRefusal,
  type RequestRefusalCode,
} from './openid4vp/wallet/errors.js';
export {
  type AuthorizationRequestLink,
  looksLikeRequestLink,
  parseAuthorizationRequestLink,
} from './openid4vp/wallet/parse-request-link.js';
export { PURPOSE_MEMBER, type RequestPurpose, readRequestPurpose } from './openid4vp/wallet/request-purpose.js';
export {
  assignCopies,
  type Candidate,
  type DisclosedValue,
  type HeldMdoc,
  type HeldSdJwt,
  type MdocAnswer,
  type SdJwtAnswer,
  type SelectedCredential,
  type Selection,
  selectCredentials,
} from './openid4vp/wallet/select-credentials.js';
export {
  type CertificateTools,
  type EncryptionKey,
  type Reader,
  type VerifiedRequest,
  type VerifyRequestOptions,
  verifyAuthorizationRequest,
} from './openid4vp/wallet/verify-authorization-request.js';
export * from './openid4vp-entry.js';
export {
  createPaperPass,
  type PaperPassClaims,
  paperPassLifeSeconds,
  paperPassPrefix,
  parsePaperPass,
} from './paper-pass/paper-pass.js';
export { createPassIssuer, type PassIssuer } from './pass/create-pass.js';
export type { KeyEntry } from './pass/key-set.js';
export { type ParsedPass, parsePass } from './pass/parse-pass.js';
export { type PassClaims, type PassKind, type PassLevel, passKinds, passLevels, passMaxBytes } from './pass/pass.js';
export { createPassCache, type PassCache } from './pass/pass-cache.js';
export { type VerifiedPass, verifyPass } from './pass/verify-pass.js';
export {
  createPassKeySet,
  type PassKeySet,
  passKeySetMaxBytes,
  type VerifiedPassKeySet,
  verifyPassKeySet,
} from './pass-key-set/pass-key-set.js';
export {
  createPassList,
  createPassListDelta,
  type PassListSets,
  passListDigest,
} from './pass-list/create-pass-list.js';
export { decodeGaps, encodeGaps } from './pass-list/gap-code.js';
export { changeIndices, createIndexSet, type IndexSet } from './pass-list/index-set.js';
export {
  type PassList,
  type PassListHead,
  type PassStatus,
  passListMaxBytes,
  passStatusOf,
} from './pass-list/pass-list.js';
export { type ApplyPassListResult, applyPassList, type PassListRefusal } from './pass-list/verify-pass-list.js';
export {
  assemblePortableCode,
  type PreparedPortableCode,
  portableCodeMaxBytes,
  portableCodePrefix,
  preparePortableCode,
} from './portable-code/create-portable-code.js';
export { type ParsedPortableCode, parsePortableCode } from './portable-code/parse-portable-code.js';
export { verifyPortableCodeSignature } from './portable-code/verify-portable-code.js';
export {
  createReplayMemory,
  type ReplayMemory,
  type ReplayOutcome,
  samePresentationGapSeconds,
} from './replay/replay-memory.js';
export { useDigest, useDigestBytes } from './replay/use-digest.js';
export { createSignedTime, timeNonceBytes, verifySignedTime } from './signed-time/signed-time.js';
export { decideCode } from './verdict/decide-code.js';
export {
  type DecideContext,
  type DecideData,
  decideDataOf,
  type Freshness,
  freshnessOf,
} from './verdict/decide-data.js';
export type { CodeDecision, DecidedRow, DecidedScheme, Mark } from './verdict/decision.js';
export { createKeyFinder, type KeyFinder } from './verdict/key-finder.js';
export { type ReasonText, type ReasonTexts, reasonTexts } from './verdict/reasons.js';
export {
  type CannotDecideReason,
  cannotDecide,
  cannotDecideReasons,
  type Reason,
  type RejectedReason,
  reasons,
  rejected,
  rejectedReasons,
  type Verdict,
} from './verdict/verdict.js';
