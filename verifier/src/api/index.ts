/** What other services, agents and pages may know of the verifier: schemas and texts, nothing that acts. */

export {
  type AgentHealth,
  HEALTH_REASONS,
  HEALTHS,
  type Health,
  type HealthReason,
} from '../domain/fleet/agent-health.js';
export { type AgentReport, zAgentReport } from '../domain/fleet/agent-report.js';
export {
  MAX_PASSAGES,
  type PassageEntry,
  passageText,
  zPassageEntry,
  zPassages,
} from '../domain/passages/passage-entry.js';
export { ANSWER_REASONS, type AnswerReason, answerReasonTexts } from '../domain/presentations/answer-reasons.js';
export { DEFAULT_PURPOSE, PURPOSES, type Purpose } from '../domain/verifications/purposes.js';
export {
  MAX_VERIFICATIONS,
  titlesOf,
  type VerificationAnswer,
  type VerificationItem,
  zVerification,
  zVerificationRequest,
} from '../domain/verifications/verification.js';
