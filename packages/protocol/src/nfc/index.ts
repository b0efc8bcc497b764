/**
 * Cards, phones and tags near a reader: campus card (NTAG 424 DNA, SUN, EV2), phone or applet (NFC-A), door tag. An
 * entry of its own, so that a page that shows codes only does not load it. AES comes in through `AesPort`
 * (`nodeAes` in `@lanyard/protocol/node-crypto`).
 */
export type { AesPort } from '../crypto/aes-port.js';
export { aesCmac, truncatedMac } from './aes-cmac.js';
export {
  type ApduCommand,
  type ApduResponse,
  decodeCommand,
  decodeResponse,
  encodeCommand,
  encodeResponse,
  expectStatus,
  maxCommandBytes,
  maxResponseBytes,
  statusOk,
} from './apdu.js';
export {
  cardCrc32,
  changeFileSettings,
  changeOtherKey,
  changeOwnKey,
  checkCardType,
  furtherFrame,
  getCardUid,
  getFileSettings,
  getKeyVersion,
  getVersion,
  lanyardAid,
  readBinary,
  selectNdefApplication,
  selectNdefFile,
  uidOfVersion,
  writeNdefFile,
} from './card-commands.js';
export { decideCardRow } from './decide-card-row.js';
export { decidePhone, knowsPhone, type PhoneAnswer } from './decide-phone.js';
export { cardKey, cardKeyNumbers, diversifyKey } from './diversify-key.js';
export { NfcError, type NfcErrorCode } from './errors.js';
export {
  authenticateFirst,
  authenticateSecond,
  type Ev2Challenge,
  type Ev2Session,
  nativeMore,
  nativeOk,
  openResponse,
  openSession,
  protectedCommand,
} from './ev2-session.js';
export { isFactoryFile, isSunFile, sunFileSettings } from './file-settings.js';
export { decodeNdefUrl, encodeNdefUrl } from './ndef-url.js';
export {
  authenticatePhone,
  checkpointToBeSigned,
  createPhoneChallenge,
  createPhoneHello,
  type PhoneChallenge,
  type PhoneHello,
  parsePhoneChallenge,
  parsePhoneHello,
  parsePhoneSignature,
  phoneAbilities,
  phonePassToBeSigned,
  phoneSigner,
  phoneToBeSigned,
  selectPhone,
  withCheckpointSignature,
} from './phone-messages.js';
export { decryptPiccData, decryptSunFileData, type UnverifiedSun, type VerifiedSun, verifySun } from './sun.js';
export { parseSunPath, parseSunUrl, type SunTemplate, type SunUrl, type SunUrlKind, sunTemplate } from './sun-url.js';
