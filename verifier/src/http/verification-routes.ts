import { type Caller, type Clock, createRoutes, dayInShanghai, Refusal } from '@lanyard/platform';
import type { FoundPerson } from '../adapters/issuer-client.js';
import type { PortraitTokens } from '../adapters/portrait-tokens.js';
import type { MirrorState } from '../domain/mirror/mirror-state.js';
import { mayPrint } from '../domain/staff/desk-roles.js';
import type { DecidedItem, DecideItem, Decider } from '../domain/verifications/decide-items.js';
import type { LiveFeed } from '../domain/verifications/live-feed.js';
import { DEFAULT_PURPOSE, findPurpose } from '../domain/verifications/purposes.js';
import { askerOf, shownBy, type TraceBuffer } from '../domain/verifications/trace.js';
import type { VerdictCounter } from '../domain/verifications/verdict-counter.js';
import {
  titlesOf,
  type VerificationAnswer,
  type VerificationItem,
  zVerificationRequest,
} from '../domain/verifications/verification.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import type { WindowStore } from '../storage/window-store.js';
import { personAnswer } from './found-person.js';
import { STAFF_CALLER, type StaffAuthentication } from './staff-session.js';

export interface VerificationDeps {
  staffAuthentication: StaffAuthentication;
  checkpoints: CheckpointStore;
  decider: Decider;
  mirror: () => MirrorState;
  counter: VerdictCounter;
  traces: TraceBuffer;
  issuerUrl: string;
  universityCode: string;
  live: LiveFeed;
  /** Name and portrait behind a row, audited at the issuer; undefined where it could not be had. */
  findFace: (rowNumber: number, actor: string) => Promise<{ name: string; student_number: string } | undefined>;
  /** The student of a row for a clerk's page, audited at the issuer; undefined where it could not be had. */
  openAtWindow: (rowNumber: number, actor: string) => Promise<FoundPerson | undefined>;
  portraitTokens: PortraitTokens;
  windows: Pick<WindowStore, 'addScan'>;
  clock: Clock;
}

type Place = Pick<DecideItem, 'place' | 'policy'>;

/** One verification or a list: verdicts in order, each counted, none with a person but on the staff page. */
export function createVerificationRoutes(deps: VerificationDeps) {
  const { router, route } = createRoutes(deps.staffAuthentication.authenticate);
  route(
    {
      method: 'post',
      path: VERIFICATION_PATH,
      callers: VERIFICATION_CALLERS,
      body: zVerificationRequest,
      maxBodyBytes: VERIFICATION_MAX_BYTES,
      summary: 'Verdicts on codes or presentations',
    },
    async ({ body, caller, context }) => {
      const { items, decided, answers } = await verifyAll(deps, body, caller);
      if (isStaff(caller)) {
        const session = await deps.staffAuthentication.findSession(context);
        if (session !== undefined) await addFaces(deps, session, items, decided, answers);
      }
      return { body: Array.isArray(body) ? answers : answers[0], headers: { 'Cache-Control': 'no-store' } };
    },
  );
  return router;
}

/** Who may ask, on either server part. */
export const VERIFICATION_CALLERS = ['operator', 'service:admin', STAFF_CALLER] as const;
export const VERIFICATION_PATH = '/v1/verifications';
export const VERIFICATION_MAX_BYTES = 1_048_576;

/** Decides one verification or a list in order and counts each; answers hold no person. */
export async function verifyAll(deps: VerificationDeps, body: VerificationItem | VerificationItem[], caller: Caller) {
  const items: DecideItem[] = [];
  for (const item of Array.isArray(body) ? body : [body]) {
    const place = placeOf(deps, item);
    items.push(withPlace(item, place instanceof Promise ? await place : place));
  }
  const decided = await deps.decider.decideAll(items, sourceOf(caller));
  note(deps, caller, items, decided);
  return { items, decided, answers: decided.map(answerOf(deps)) };
}

/** @throws Refusal `checkpoint-not-found`, `purpose-unknown` before anything is decided */
function placeOf(deps: VerificationDeps, item: VerificationItem): Place | Promise<Place> {
  if (item.checkpoint === undefined) {
    const purpose = findPurpose(item.purpose ?? DEFAULT_PURPOSE);
    if (purpose === undefined) throw new Refusal('purpose-unknown');
    return { place: `purpose:${purpose.id}`, policy: purpose.policy };
  }
  const found = deps.checkpoints.find(item.checkpoint);
  return found instanceof Promise ? found.then(placeOfCheckpoint) : placeOfCheckpoint(found);
}

function placeOfCheckpoint(checkpoint: Awaited<ReturnType<CheckpointStore['find']>>): Place {
  if (checkpoint === undefined) throw new Refusal('checkpoint-not-found');
  return { place: checkpoint.id, policy: checkpoint.policy };
}

function withPlace(item: VerificationItem, place: Place): DecideItem {
  if ('code' in item) return { ...place, code: item.code, challenge: item.challenge };
  const { presentation, nonce, audience } = item;
  if (nonce === undefined || audience === undefined) throw new Refusal('presentation-needs-nonce');
  return { ...place, presentation, nonce, audience };
}

function answerOf(deps: VerificationDeps): (decided: DecidedItem) => VerificationAnswer {
  const { people } = deps.mirror();
  const freshness = {
    people_issued_at: people === undefined ? null : new Date(people.issuedAtSeconds * 1000).toISOString(),
    age_seconds: people === undefined ? null : Math.max(0, deps.clock.nowSeconds() - people.issuedAtSeconds),
  };
  return ({ verdict: { verdict, reason }, scheme, marks, trust }) => ({
    verdict,
    ...(reason === undefined ? {} : { reason }),
    ...titlesOf(reason),
    freshness,
    scheme,
    marks,
    ...(trust === undefined ? {} : { trust }),
  });
}

function note(deps: VerificationDeps, caller: Caller, items: readonly DecideItem[], decided: readonly DecidedItem[]) {
  const nowMs = deps.clock.nowMs();
  const day = dayInShanghai(nowMs);
  const at = new Date(nowMs).toISOString();
  const actor = caller.kind === 'service' ? (caller.actor ?? `service:${caller.id}`) : caller.kind;
  decided.forEach((one, index) => {
    const { verdict } = one;
    const checkpoint = items[index]?.place ?? '';
    const by = shownBy(one, deps);
    if (by !== undefined) {
      const what = { verdict: verdict.verdict, reason: verdict.reason, claims: [] };
      deps.traces.add({ kind: 'code', atMs: nowMs, asker: askerOf(caller), place: checkpoint, by, ...what });
    }
    deps.counter.add({ actor, checkpointId: checkpoint, day }, verdict);
    deps.live.add({ at, checkpoint, source: 'online', verdict: verdict.verdict, reason: verdict.reason ?? null });
  });
}

/** Faces are for the page in a person's hand, only with a proved holder, only where the checkpoint shows portraits. */
async function addFaces(
  deps: VerificationDeps,
  session: { digest: Uint8Array; actor: string; roles: readonly string[] },
  items: readonly DecideItem[],
  decided: readonly DecidedItem[],
  answers: readonly VerificationAnswer[],
): Promise<void> {
  await Promise.all(
    decided.map(async ({ rowNumber, portraitId, verdict, scheme }, index) => {
      const [answer, item] = [answers[index], items[index]];
      if (answer === undefined || item === undefined || rowNumber === undefined) return;
      if (item.policy.window_mode === 'nod') {
        // Nobody is shown before he has nodded, not by name either.
        if (verdict.verdict !== 'accepted' || !mayPrint(session.roles)) return;
        const scan = { checkpointId: item.place, rowNumber, scheme: scheme ?? 'gate-code', actor: session.actor };
        answer.arrival = await deps.windows.addScan(scan);
        return;
      }
      if (item.policy.show_portrait !== true) return;
      if (item.policy.window_mode === 'open' && verdict.verdict === 'accepted' && mayPrint(session.roles)) {
        const person = await deps.openAtWindow(rowNumber, session.actor);
        if (person !== undefined) answer.person = personAnswer(person, session, deps.portraitTokens);
      }
      const face = await deps.findFace(rowNumber, session.actor);
      if (face === undefined) return;
      const portrait =
        portraitId === undefined ? null : `/v1/staff/portraits/${deps.portraitTokens.make(portraitId, session.digest)}`;
      answer.face = { name: face.name, portrait };
    }),
  );
}

function isStaff(caller: Caller): boolean {
  return caller.kind === 'service' && `service:${caller.id}` === STAFF_CALLER;
}

/** Whose check it is: each has its own replay memory, all staff sessions one together. */
function sourceOf(caller: Caller): string {
  return caller.kind === 'service' ? `service:${caller.id}` : caller.kind;
}
