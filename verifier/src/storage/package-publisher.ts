import { type Clock, Refusal } from '@lanyard/platform';
import { createCheckpointPart, type PartSigner, packageEnvelopePieces, type SignerKey } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  checkpointPartOf,
  contentDigest,
  type GateContent,
  type ListDocuments,
  listSequences,
  missingDocuments,
  type PackageContent,
  packageContent,
} from '../domain/checkpoints/package-state.js';
import type { MirrorState } from '../domain/mirror/mirror-state.js';
import type { TrustState } from '../domain/trust/trust-state.js';
import type { Checkpoint } from './checkpoint-store.js';
import type { PartRecord, PartStore } from './part-store.js';

const ISSUED_AGAIN_SECONDS = 600;
const TRIES = 4;

/** The signed people part that leads to exactly `sequence`; undefined when the issuer has moved on meanwhile. */
export type GivePeoplePart = (from: number | undefined, sequence: number) => Promise<Uint8Array | undefined>;

export interface GivenPackage {
  sequence: number;
  /** Bytes of the envelope; large ones are shared by all who get them. */
  pieces: readonly Uint8Array[];
}

interface CurrentState {
  /** What the content was made of: while these are the very same objects, so is the content. */
  inputs: readonly unknown[];
  content: PackageContent;
  digest: Buffer;
  confirmedAtSeconds: number;
  /** Signed parts of this state, by the lists they carry. */
  signed: Map<string, { sequence: number; cose: Uint8Array }>;
}

/**
 * Makes packages of checkpoints (formats.md §9): a new state when people, policy, pass lists, keys or signers change,
 * and every ten minutes in which the issuer confirmed the data. Each part is written down before it is signed.
 */
export function createPackagePublisher(parts: {
  mirror: () => MirrorState;
  trust: () => TrustState;
  /** Undefined before the issuer was ever reached. */
  confirmedAtSeconds: () => number | undefined;
  givePeoplePart: GivePeoplePart;
  store: PartStore;
  signer: () => PartSigner;
  announcedSigners: () => readonly SignerKey[];
  /** Peers, orders and mode of a checkpoint now. */
  findGates: (checkpoint: Checkpoint) => Promise<GateContent>;
  universityCode: string;
  freshSeconds: number;
  lifeSeconds: number;
  clock: Clock;
}) {
  const { store, clock, freshSeconds, lifeSeconds } = parts;
  const issuedAgainSeconds = Math.min(ISSUED_AGAIN_SECONDS, Math.max(1, Math.floor(freshSeconds / 2)));
  const states = new Map<string, CurrentState>();
  const queues = new Map<string, Promise<unknown>>();

  async function currentState(checkpoint: Checkpoint): Promise<CurrentState> {
    const gates = await parts.findGates(checkpoint);
    const signers = parts.announcedSigners().map(({ kid, key }) => ({ kid, key }));
    const inputs = [parts.mirror(), parts.trust(), checkpoint, gates, ...signers.map(({ key }) => key)];
    const confirmed = parts.confirmedAtSeconds();
    const last = states.get(checkpoint.id);
    const isNew = confirmed === undefined || last === undefined || !sameObjects(last.inputs, inputs);
    if (!isNew && confirmed - last.confirmedAtSeconds < issuedAgainSeconds) return last;
    const content = packageContent(parts.mirror(), {
      ...{ checkpoint, universityCode: parts.universityCode, trust: parts.trust(), checkpointSigners: signers, gates },
      ...{ freshSeconds, lifeSeconds },
    });
    if (content === undefined || confirmed === undefined) throw new Refusal('people-part-unavailable');
    const digest = contentDigest(content);
    const known = states.get(checkpoint.id) ?? (await store.newest(checkpoint.id).then(restore));
    if (known?.digest.equals(digest) && confirmed - known.confirmedAtSeconds < issuedAgainSeconds) {
      const state = { ...known, inputs, content };
      states.set(checkpoint.id, state);
      return state;
    }
    const state = { inputs, content, digest, confirmedAtSeconds: confirmed, signed: new Map() };
    states.set(checkpoint.id, state);
    return state;

    function restore(newest: PartRecord | undefined): CurrentState | undefined {
      if (newest === undefined || content === undefined) return undefined;
      const { stateDigest, confirmedAtSeconds } = newest;
      return { inputs, content, digest: stateDigest, confirmedAtSeconds, signed: new Map() };
    }
  }

  async function signedPart(state: CurrentState, { name, documents }: ListDocuments) {
    const kept = state.signed.get(name);
    if (kept !== undefined) return kept;
    const { content, confirmedAtSeconds } = state;
    const times = { confirmedAtSeconds, issuedAtSeconds: clock.nowSeconds() };
    const signer = parts.signer();
    const sequence = await store.record(
      content.checkpoint.id,
      {
        stateDigest: state.digest,
        confirmedAtSeconds,
        peopleSequence: content.people.sequence,
        listSequences: listSequences(content),
        issuedAtSeconds: times.issuedAtSeconds,
      },
      (next) => toBeSignedDigest(checkpointPartOf(content, times, next, documents), signer.kid),
    );
    const made = {
      sequence,
      cose: createCheckpointPart(checkpointPartOf(content, times, sequence, documents), signer),
    };
    state.signed.set(name, made);
    return made;
  }

  async function give(checkpoint: Checkpoint, have: number | undefined): Promise<GivenPackage | undefined> {
    const held = have === undefined ? undefined : await store.find(checkpoint.id, have);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const state = await currentState(checkpoint);
      if (held?.stateDigest.equals(state.digest) && held.confirmedAtSeconds === state.confirmedAtSeconds)
        return undefined;
      const { sequence: people } = state.content.people;
      const needsPeople = held?.peopleSequence !== people;
      const peoplePart = needsPeople ? await parts.givePeoplePart(held?.peopleSequence, people) : null;
      // The people moved on while the delta was made: begin again with the new ones.
      if (peoplePart === undefined) continue;
      const part = await signedPart(state, missingDocuments(state.content, held?.listSequences ?? {}));
      return {
        sequence: part.sequence,
        pieces: packageEnvelopePieces({ peoplePart, checkpointPart: part.cose }),
      };
    }
    throw new Refusal('people-part-unavailable');
  }

  return {
    issuedAgainSeconds,
    /** The package for a reader that has `have`; undefined where that is still the newest state. */
    give(checkpoint: Checkpoint, have: number | undefined): Promise<GivenPackage | undefined> {
      const next = (queues.get(checkpoint.id) ?? Promise.resolve()).then(() => give(checkpoint, have));
      queues.set(
        checkpoint.id,
        next.catch(() => {}),
      );
      return next;
    },
  };
}
export type PackagePublisher = ReturnType<typeof createPackagePublisher>;

function sameObjects(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

/** SHA-256 of what the signature will cover, found by going through the motions without a key. */
function toBeSignedDigest(part: Parameters<typeof createCheckpointPart>[0], kid: Uint8Array): Uint8Array {
  let digest = new Uint8Array();
  createCheckpointPart(part, {
    kid,
    sign: (data) => {
      digest = new Uint8Array(nodeCrypto.sha256(data));
      return new Uint8Array(64);
    },
  });
  return digest;
}
