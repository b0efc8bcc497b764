/** What other services and pages may know of the issuer: codes with their texts, nothing that acts. */
export { HOLD_REASON_CODES, HOLD_REASONS } from '../domain/credentials/hold.js';
export { CHANGE_KINDS, CHANGE_REASONS, type ChangeKind, type ChangeReason } from '../domain/life/change-kinds.js';
export {
  PORTRAIT_FAULTS,
  PORTRAIT_FILE_FAULTS,
  PORTRAIT_REJECTION_CODES,
  PORTRAIT_REJECTIONS,
  type PortraitFault,
  type PortraitRejection,
} from '../domain/portraits/portrait-rules.js';
export { findingTexts, rosterFileErrorTexts } from '../domain/roster/finding-texts.js';
