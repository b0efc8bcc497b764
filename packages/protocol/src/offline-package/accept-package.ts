import { copyBytes, equalBytes } from '../bytes/bytes.js';
import type { CryptoPort } from '../crypto/port.js';
import { DocumentError, type DocumentErrorCode } from '../errors.js';
import type { PassList } from '../pass-list/pass-list.js';
import { applyPassList, type PassListRefusal } from '../pass-list/verify-pass-list.js';
import { applyPeoplePart, type PeopleRefusal, type PeopleState } from './apply-people-delta.js';
import { parsePackageEnvelope } from './package-envelope.js';
import { type VerifiedCheckpointPart, verifyCheckpointPart } from './parse-checkpoint-part.js';
import { verifyPeoplePart } from './parse-people-part.js';
import type { SignerKey } from './people-part.js';

/** The signers a reader pinned when it was enrolled, moved on only by documents they signed themselves. */
export interface PinnedSigners {
  readonly people: readonly SignerKey[];
  readonly checkpoint: readonly SignerKey[];
}

/** What a reader decides with: made by `acceptPackage`, or by `restorePackage` from what that made. */
export interface PackageState {
  readonly checkpoint: VerifiedCheckpointPart;
  /** The checkpoint part as received, and the signers it was verified under: for `storePackage`. */
  readonly signedCheckpointPart: Uint8Array;
  readonly verifiedUnder: readonly SignerKey[];
  readonly people: PeopleState;
  readonly passLists: ReadonlyMap<string, PassList>;
  readonly pinned: PinnedSigners;
}

export type PackageRefusal =
  | DocumentErrorCode
  | PeopleRefusal
  | `pass-list-${PassListRefusal}`
  | 'other-checkpoint'
  | 'people-missing'
  | 'people-mismatch'
  | 'pass-list-missing'
  | 'expired'
  | 'issued-in-the-future';

export type AcceptPackageResult =
  | { readonly ok: true; readonly state: PackageState }
  | { readonly ok: false; readonly refusal: PackageRefusal; readonly detail: string };

/** How far the reader's clock may be behind the verifier's before a package counts as made in the future. */
const clockToleranceSeconds = 60;

/** Name of a pass list in {@link PackageState.passLists}. */
export function passListName(universityCode: string, listNumber: number): string {
  return `${universityCode}/${listNumber}`;
}

/**
 * Decides whether a package replaces what the reader has, and makes the new state (formats.md §9). In this order: the
 * checkpoint part's signature under the pinned signers, this checkpoint, higher sequence, time; the people part's
 * signature under signers pinned and still listed, higher sequence, exact base, digest; both parts belong together;
 * pass lists. On a refusal the old state stays in force, untouched.
 */
export function acceptPackage(
  crypto: CryptoPort,
  input: {
    readonly have: PackageState | undefined;
    readonly envelope: Uint8Array;
    /** As pinned at enrolment; with `have`, its own pins hold. */
    readonly pinned: PinnedSigners;
    readonly checkpointId: string;
    readonly nowSeconds: number;
  },
): AcceptPackageResult {
  try {
    return accept(crypto, input);
  } catch (error) {
    if (error instanceof DocumentError) return { ok: false, refusal: error.code, detail: error.message };
    throw error;
  }
}

function accept(crypto: CryptoPort, input: Parameters<typeof acceptPackage>[1]): AcceptPackageResult {
  const { have, nowSeconds } = input;
  const pinned = have?.pinned ?? input.pinned;
  const envelope = parsePackageEnvelope(input.envelope);
  const checkpoint = verifyCheckpointPart(crypto, envelope.checkpointPart, pinned.checkpoint);
  if (checkpoint.checkpointId !== input.checkpointId) return refuse('other-checkpoint', checkpoint.checkpointId);
  if (have !== undefined && checkpoint.sequence <= have.checkpoint.sequence) {
    return refuse('sequence-not-higher', `${checkpoint.sequence} after ${have.checkpoint.sequence}`);
  }
  if (checkpoint.issuedAtSeconds > nowSeconds + clockToleranceSeconds) return refuse('issued-in-the-future', '');
  if (checkpoint.expiresSeconds <= nowSeconds) return refuse('expired', `since ${checkpoint.expiresSeconds}`);

  let people = have?.people;
  let peopleSigners = pinned.people;
  if (envelope.peoplePart !== null) {
    const trusted = pinned.people.filter((signer) =>
      checkpoint.peopleSigners.some((other) => sameSigner(signer, other)),
    );
    const part = verifyPeoplePart(crypto, envelope.peoplePart, trusted);
    const applied = applyPeoplePart(crypto, people, part);
    if (!applied.ok) return applied;
    people = applied.people;
    peopleSigners = part.signers ?? pinned.people;
  }
  if (people === undefined) return refuse('people-missing', 'no people part yet');
  if (people.universityCode !== checkpoint.universityCode) return refuse('other-university', people.universityCode);
  if (people.sequence !== checkpoint.peopleSequence || !equalBytes(people.digest, checkpoint.peopleDigest)) {
    return refuse('people-mismatch', `people ${people.sequence}, checkpoint part names ${checkpoint.peopleSequence}`);
  }

  const lists = applyLists(crypto, have?.passLists, checkpoint);
  if ('refusal' in lists) return lists;
  const nextPins = { people: peopleSigners, checkpoint: checkpoint.checkpointSigners ?? pinned.checkpoint };
  const signed = { signedCheckpointPart: copyBytes(envelope.checkpointPart), verifiedUnder: pinned.checkpoint };
  return { ok: true, state: { checkpoint, ...signed, people, passLists: lists.passLists, pinned: nextPins } };
}

type Refused = Extract<AcceptPackageResult, { readonly ok: false }>;

function refuse(refusal: PackageRefusal, detail: string): Refused {
  return { ok: false, refusal, detail };
}

function sameSigner(a: SignerKey, b: SignerKey): boolean {
  return equalBytes(a.kid, b.kid) && equalBytes(a.key, b.key);
}

function applyLists(
  crypto: CryptoPort,
  have: ReadonlyMap<string, PassList> | undefined,
  checkpoint: VerifiedCheckpointPart,
): Refused | { readonly passLists: ReadonlyMap<string, PassList> } {
  const lists = new Map(have ?? []);
  const find = (universityCode: string, listNumber: number) => lists.get(passListName(universityCode, listNumber));
  for (const document of checkpoint.passLists) {
    const applied = applyPassList(crypto, find, document, checkpoint.statusSigners);
    // A list the reader has already is no harm: what counts is what it holds in the end, see below.
    if (!applied.ok && applied.refusal === 'sequence-not-higher') continue;
    if (!applied.ok) return refuse(`pass-list-${applied.refusal}`, 'pass list');
    lists.set(passListName(applied.list.universityCode, applied.list.listNumber), applied.list);
  }
  const wanted = new Map<string, PassList>();
  for (const { universityCode, listNumber, sequence } of checkpoint.listSequences) {
    const list = find(universityCode, listNumber);
    if (list?.sequence !== sequence) return refuse('pass-list-missing', passListName(universityCode, listNumber));
    wanted.set(passListName(universityCode, listNumber), list);
  }
  return { passLists: wanted };
}
