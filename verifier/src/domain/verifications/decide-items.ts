import {
  type CheckpointPolicy,
  type CodeDecision,
  createKeyFinder,
  createPassCache,
  createVerifyKeyCache,
  type DecideData,
  type DecidedScheme,
  decideCode,
  type Freshness,
  type KeyFinder,
  type PassClaims,
  parseChallenge,
  rejected,
  type StatusReference,
  type Verdict,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { MirrorState } from '../mirror/mirror-state.js';
import { foreignPassKeys, type TrustState, trustExpiresSeconds } from '../trust/trust-state.js';
import { decidePresentation } from './decide-presentation.js';
import type { Lookups } from './prove-student-id.js';

/** What is to be decided, where, with the policy that holds there. */
export type DecideItem = { place: string; policy: CheckpointPolicy } & (
  | { code: string; challenge?: string | undefined }
  | { presentation: string; nonce: string; audience: string }
);

export interface DecidedItem {
  verdict: Verdict;
  scheme: DecidedScheme | 'sd-jwt-vc' | null;
  marks: readonly string[];
  /** The issuer is known by a root of this installation alone. */
  trust?: 'local';
  /** The person's row, only with a proved holder. */
  rowNumber?: number;
  portraitId?: Uint8Array;
  /** The pass that was shown, only with a proved holder. */
  pass?: Pick<PassClaims, 'universityCode' | 'listNumber' | 'listIndex'>;
  /** Entry of the student ID that was shown, only with a proved holder. */
  status?: StatusReference;
}

/** Takes a code once in its scope; true for the one who was first. */
export type TakeCode = (claim: { scope: string; replayKey: Uint8Array; untilSeconds: number }) => Promise<boolean>;

interface PassKeyFinder {
  own: MirrorState['keys'];
  trust: TrustState;
  find: KeyFinder;
}

/** A challenge older than this is honoured no more; its use is remembered for longer. */
const CHALLENGE_SECONDS = 15;
const CHALLENGE_KEPT_SECONDS = 120;
const KEY_CACHE = 20_000;
const PASS_CACHE = 20_000;
/** How far this clock may be behind the issuer's before nothing is decided any more. */
const CLOCK_TOLERANCE_SECONDS = 60;

/** Decides codes and presentations over the verifier's own copy of the people, key sets and pass lists. */
export function createDecider(parts: {
  mirror: () => MirrorState;
  trust: () => TrustState;
  freshness: () => Freshness;
  takeCode: TakeCode;
  lookups: Lookups;
  issuerUrl: string;
  universityCode: string;
  nowSeconds: () => number;
  onFault: (error: unknown) => void;
  /** A pass names a list that is not here: the issuer may have opened it a moment ago. */
  onListMissing: () => void;
}) {
  const keys = createVerifyKeyCache(nodeCrypto, KEY_CACHE);
  let passes = createPassCache(PASS_CACHE);
  let finder: PassKeyFinder | undefined;

  /** Our own signers and those of others in one look-up, and passes checked under them; both anew when either changes. */
  function findPassKey(state: MirrorState, trust: TrustState): KeyFinder | undefined {
    if (state.keys === undefined) return undefined;
    if (finder === undefined || finder.own !== state.keys || finder.trust !== trust) {
      const find = createKeyFinder([...state.keys.passKeys, ...foreignPassKeys(trust)]);
      finder = { own: state.keys, trust, find };
      passes = createPassCache(PASS_CACHE);
    }
    return finder.find;
  }

  function dataOf(state: MirrorState, policy: CheckpointPolicy): DecideData {
    const freshness = parts.freshness();
    const trust = parts.trust();
    const findKey = findPassKey(state, trust);
    const { people, lists } = state;
    return {
      policy,
      people: people === undefined ? undefined : { freshness, table: people.table, emergencyRowNumbers: [] },
      passes:
        findKey === undefined
          ? undefined
          : {
              freshness,
              ownUniversityCode: parts.universityCode,
              findKey,
              findList: (universityCode, listNumber) =>
                (universityCode === parts.universityCode ? lists : trust.universities.get(universityCode)?.lists)?.get(
                  listNumber,
                )?.list,
              trustListExpiresSeconds: trustExpiresSeconds(trust, Number.MAX_SAFE_INTEGER),
            },
    };
  }

  function decideOneCode(
    code: string,
    asked: CheckpointPolicy,
    challenge: Uint8Array | 'over' | undefined,
  ): CodeDecision {
    // Whoever shows a challenge wants it answered, whatever the place asks for otherwise.
    const policy = challenge === undefined ? asked : { ...asked, requires_challenge: true };
    const state = parts.mirror();
    const nowSeconds = parts.nowSeconds();
    const data = dataOf(state, policy);
    return decideCode(code, data, {
      crypto: nodeCrypto,
      keys,
      passes,
      nowSeconds,
      ...(challenge instanceof Uint8Array ? { challenges: [challenge] } : {}),
      clockReliable: nowSeconds + CLOCK_TOLERANCE_SECONDS >= (state.people?.issuedAtSeconds ?? 0),
    });
  }

  async function decide(item: DecideItem, source: string): Promise<DecidedItem> {
    if ('code' in item) {
      const challenge = readShownChallenge(item.challenge, parts.nowSeconds());
      const {
        holder_proved: proved,
        marks,
        scheme = null,
        ...decision
      } = decideOneCode(item.code, item.policy, challenge);
      const { challenge: answered } = decision;
      // Each challenge is answered once, by whoever was first, wherever it was shown.
      const untilSeconds = parts.nowSeconds() + CHALLENGE_KEPT_SECONDS;
      if (answered !== undefined && !(await parts.takeCode({ scope: 'challenge', replayKey: answered, untilSeconds })))
        return { verdict: rejected('replayed'), scheme, marks };
      if (decision.reason === 'status-unavailable') parts.onListMissing();
      return {
        verdict: await once(decision, item, source),
        scheme,
        marks,
        ...(proved && decision.row !== undefined ? { rowNumber: decision.row.rowNumber } : {}),
        ...(proved && decision.portraitId !== undefined ? { portraitId: decision.portraitId } : {}),
        ...(proved && decision.pass !== undefined ? { pass: decision.pass } : {}),
      };
    }
    const decision = await decidePresentation(item, {
      policy: item.policy,
      keys: parts.mirror().keys,
      issuerUrl: parts.issuerUrl,
      universityCode: parts.universityCode,
      trust: parts.trust(),
      ...parts.lookups,
      nowSeconds: parts.nowSeconds(),
    });
    const { verdict, trust, status, ...replay } = decision;
    const decided = await once({ ...verdict, ...replay }, item, source);
    const shown = status === undefined ? {} : { status };
    if (trust === undefined) return { verdict: decided, scheme: 'sd-jwt-vc', marks: [], ...shown };
    return { verdict: decided, scheme: 'sd-jwt-vc', marks: ['local-trust'], trust, ...shown };
  }

  /** Replay comes last, and only what would be accepted is taken. */
  async function once(
    decision: Verdict & { replayKey?: Uint8Array; replayUntilSeconds?: number },
    item: DecideItem,
    source: string,
  ): Promise<Verdict> {
    if (decision.verdict === 'rejected') return rejected(decision.reason);
    if (decision.verdict === 'cannot-decide') return { verdict: 'cannot-decide', reason: decision.reason };
    const { replayKey, replayUntilSeconds } = decision;
    if (replayKey === undefined || replayUntilSeconds === undefined) throw new TypeError('accepted without replay key');
    const scope = `${item.place} ${source}`;
    const first = await parts.takeCode({ scope, replayKey, untilSeconds: replayUntilSeconds });
    return first ? { verdict: 'accepted' } : rejected('replayed');
  }

  return {
    /** Verdicts in the order of the items. A fault of our own is `cannot-decide`, never another verdict. */
    decideAll: (items: readonly DecideItem[], source: string): Promise<DecidedItem[]> =>
      Promise.all(
        items.map((item) =>
          decide(item, source).catch((error: unknown): DecidedItem => {
            parts.onFault(error);
            return { verdict: { verdict: 'cannot-decide', reason: 'internal' }, scheme: null, marks: [] };
          }),
        ),
      ),
  };
}
/** The bytes of a challenge the caller has shown; `over` where it is too old to be answered, or none. */
function readShownChallenge(text: string | undefined, nowSeconds: number): Uint8Array | 'over' | undefined {
  if (text === undefined) return undefined;
  try {
    const { bytes, timeSeconds } = parseChallenge(text);
    return Math.abs(nowSeconds - timeSeconds) <= CHALLENGE_SECONDS ? bytes : 'over';
  } catch {
    return 'over';
  }
}
export type Decider = ReturnType<typeof createDecider>;
