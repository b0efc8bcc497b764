export const SIGNER_USES = ['document', 'pass', 'status', 'package', 'audit'] as const;
export type SignerUse = (typeof SIGNER_USES)[number];

/** Why a signer was taken out of use before its time. */
export const RETIREMENT_REASONS = ['compromised', 'superseded', 'ceased'] as const;
export type RetirementReason = (typeof RETIREMENT_REASONS)[number];

/**
 * Uses whose signers can be retired by one command. Gates pin package signers at enrolment and would be cut off, and
 * audit heads of the past have to stay readable: those are rotated instead (docs/decisions/0013).
 */
export const RETIRABLE_USES: readonly SignerUse[] = ['document', 'status', 'pass'];

/** A signer as written down; `kid` is in hex. */
export interface SignerRecord {
  readonly use: SignerUse;
  readonly kid: string;
  readonly compressed: Uint8Array;
  readonly fromMs: number;
  readonly toMs: number;
  readonly certificate: Uint8Array | undefined;
  readonly retired: { readonly atMs: number; readonly reason: RetirementReason } | undefined;
}

const DAY_MS = 86_400_000;
export const SIGNER_LIFE_MS = 395 * DAY_MS;
/** A successor exists this long before a signer ends. */
export const OVERLAP_MS = 30 * DAY_MS;
/** A successor is announced this long before it signs, so that agents hear of it in parts they can still verify. */
export const ANNOUNCED_MS = 10 * DAY_MS;
/** What was signed on the last day lives at most this long: the key stays published meanwhile. */
export const PUBLISHED_AFTER_MS = 35 * DAY_MS;
/** From here on the operator is told that a certified successor is missing. */
export const WARN_MS = 60 * DAY_MS;
/** Clocks of others may be a little behind, and copies carry the minute they were made in, rounded down. */
export const BACKDATED_MS = 300_000;
const SIGNS_AFTER_MS = 60_000;

/** When a signer made by hand begins: documents and lists bring their certificate along, nobody needs to be told. */
export function startOfSuccessor(use: SignerUse, nowMs: number): number {
  return use === 'document' || use === 'status' ? nowMs - BACKDATED_MS : nowMs + ANNOUNCED_MS;
}

export type SignerState = 'active' | 'announced' | 'waiting-for-certificate' | 'superseded' | 'ended' | 'retired';

/**
 * The signer of a use that signs now, of all its signers: the newest that has begun, one with a certificate before one
 * without. So a successor nobody has certified waits, and signs all the same once the one before has ended. There is no
 * way back beyond a signer that was retired.
 */
export function chooseActive<T extends SignerRecord>(signers: readonly T[], nowMs: number): T | undefined {
  const notBeforeMs = Math.max(...signers.map(startOfRetired), Number.NEGATIVE_INFINITY);
  return signers
    .filter((signer) => isAlive(signer, nowMs) && signer.fromMs + SIGNS_AFTER_MS <= nowMs)
    .filter((signer) => signer.fromMs >= notBeforeMs)
    .sort((a, b) => certified(b) - certified(a) || b.fromMs - a.fromMs)[0];
}

/** One that was retired before it began has replaced nobody. */
function startOfRetired({ retired, fromMs }: SignerRecord): number {
  return retired !== undefined && fromMs <= retired.atMs ? fromMs : Number.NEGATIVE_INFINITY;
}

/** Signs now or will. */
export function isAlive(signer: SignerRecord, nowMs: number): boolean {
  return signer.retired === undefined && signer.toMs > nowMs;
}

export function stateOf(signer: SignerRecord, ofUse: readonly SignerRecord[], nowMs: number): SignerState {
  if (signer.retired !== undefined) return 'retired';
  if (signer.toMs <= nowMs) return 'ended';
  const active = chooseActive(ofUse, nowMs);
  if (active?.kid === signer.kid) return 'active';
  if (signer.fromMs + SIGNS_AFTER_MS > nowMs) return 'announced';
  return active !== undefined && active.fromMs < signer.fromMs ? 'waiting-for-certificate' : 'superseded';
}

const certified = (signer: SignerRecord) => Number(signer.certificate !== undefined);
