import type { WalletContext } from '../app/page.js';
import { ALUMNI_ID, takeAlumniId } from '../issuer/alumni-id.js';
import { CredentialProblem } from '../issuer/check-credential.js';
import { deferredOf } from '../issuer/deferred.js';
import { queueNotice } from '../issuer/notices.js';
import {
  BatchProblem,
  enrolGateKey,
  type ObtainDeps,
  obtainCopies,
  STUDENT_ID,
  STUDENT_ID_MDOC,
  STUDENT_PASS,
} from '../issuer/obtain.js';
import { keepOwnCard } from '../issuer/own-card.js';
import { refreshReaderAnchors } from '../issuer/reader-anchors.js';
import { keepRecord } from '../storage/keep-record.js';
import type { HeldCredential, IssuerLine } from '../storage/kept.js';
import { claimOthers } from './claim-others.js';
import type { OpenClaim } from './open-claim.js';
import { OfferProblem } from './parse-offer.js';
import { callOfClaim, redeemOnce } from './redeem-offer.js';

export type ClaimStep = 'redeem' | 'student-id' | 'pass' | 'gate-key' | 'store';
/** Whether the claim is for a student ID of this university, or for cards of another issuer. */
export type ClaimKind = 'own' | 'other';

export const claimKind = (wallet: WalletContext, { endpoints }: OpenClaim): ClaimKind =>
  endpoints.issuer === wallet.config.issuer ? 'own' : 'other';

/**
 * Takes an offer whole: tokens, student IDs, passes, gate key, then one transaction. Until that one nothing of the
 * former wallet changes; after the tokens the claim can be resumed without the code.
 * @throws WrongTxCode, ServiceRefusal, NoAnswer, CredentialProblem
 */
export async function completeClaim(
  wallet: WalletContext,
  claim: OpenClaim,
  txCode: string | undefined,
  onStep: (step: ClaimStep) => void,
): Promise<void> {
  onStep('redeem');
  const { call, line } = callOfClaim(wallet, claim, await redeemOnce(wallet, claim, txCode));
  const deferred = deferredOf(wallet.db, claim.endpoints.issuer);
  const parts = { call, endpoints: claim.endpoints, clock: wallet.clock, identifiers: line().identifiers, deferred };
  try {
    if (claimKind(wallet, claim) === 'other') {
      onStep('student-id');
      return await claimOthers(wallet, claim, parts, line, () => onStep('store'));
    }
    await claimOwn(wallet, claim, parts, line, onStep);
  } catch (error) {
    if (error instanceof BatchProblem) await tellFailure(parts, error);
    // What does not pass is not tried again.
    if (error instanceof CredentialProblem) await wallet.db.keep('deferred', []);
    throw error;
  }
}

async function claimOwn(
  wallet: WalletContext,
  claim: OpenClaim,
  parts: ObtainDeps,
  line: () => IssuerLine,
  onStep: (step: ClaimStep) => void,
): Promise<void> {
  const { db, clock } = wallet;
  const { endpoints } = claim;
  const offered = (id: string) => claim.pending.offer.configurationIds.includes(id);
  if (isAlumniOffer(claim)) return claimAlumniId(wallet, claim, parts, line, onStep);
  if (!offered(STUDENT_ID) && !offered(STUDENT_PASS) && !offered(STUDENT_ID_MDOC))
    throw new OfferProblem('offer-not-supported');
  const held: HeldCredential[] = [];
  onStep('student-id');
  const ids = offered(STUDENT_ID) ? await obtainCopies(parts, STUDENT_ID) : undefined;
  const mdocs = offered(STUDENT_ID_MDOC) ? await obtainMdocs(parts, ids === undefined) : undefined;
  onStep('pass');
  const passes = offered(STUDENT_PASS) ? await obtainCopies(parts, STUDENT_PASS) : undefined;
  for (const batch of [ids, mdocs, passes]) held.push(...(batch?.held ?? []));
  onStep('gate-key');
  const gate = await enrolGateKey(parts);
  onStep('store');
  await db.write(async (transaction) => {
    const kept = transaction.objectStore('kept');
    const credentials = transaction.objectStore('credentials');
    const old = await credentials.getAll();
    const oldLine = (await kept.get('line')) as IssuerLine | undefined;
    await queueNotice(transaction, 'credential_deleted', {
      endpoint: oldLine?.endpoints.notification,
      notificationIds: old.map(({ notificationId }) => notificationId),
      ...(oldLine === undefined ? {} : { line: oldLine }),
      atMs: clock.nowMs(),
    });
    await credentials.clear();
    for (const copy of held) await credentials.add(copy);
    await kept.put(gate, 'gate');
    await kept.put(line(), 'line');
    await kept.delete('state');
    const face = ids?.face ?? mdocs?.face;
    if (face !== undefined) await kept.put(face, 'face');
    for (const name of ['pending', 'deferred']) await kept.delete(name);
    await queueNotice(transaction, 'credential_accepted', {
      endpoint: endpoints.notification,
      notificationIds: [ids, mdocs, passes].map((batch) => batch?.notificationId),
      atMs: clock.nowMs(),
    });
    await keepRecord(transaction, { kind: 'claimed', atMs: clock.nowMs() });
  });
  // Without the list a first presentation asks for it again.
  await refreshReaderAnchors(db, endpoints.issuer, clock).catch(() => {});
}

/** An offer for somebody who studies no more: an alumni ID and nothing of a student. */
export const isAlumniOffer = ({ pending }: Pick<OpenClaim, 'pending'>): boolean =>
  pending.offer.configurationIds.every((id) => id === ALUMNI_ID);

/** A new phone of somebody who has left: the line, and the alumni ID over it. What a student had goes. */
async function claimAlumniId(
  { db, clock }: WalletContext,
  { metadata }: OpenClaim,
  parts: ObtainDeps,
  line: () => IssuerLine,
  onStep: (step: ClaimStep) => void,
): Promise<void> {
  onStep('student-id');
  const taken = await takeAlumniId(parts, metadata);
  if (taken === undefined) throw new OfferProblem('offer-not-supported');
  onStep('store');
  await db.write(async (transaction) => {
    const kept = transaction.objectStore('kept');
    await transaction.objectStore('credentials').clear();
    for (const name of ['gate', 'face', 'state', 'pending', 'deferred']) await kept.delete(name);
    await kept.put(line(), 'line');
    await keepOwnCard(transaction, taken, { notification: metadata.notification, atMs: clock.nowMs() });
  });
}

/** A second format that fails the checks is told and left out: it must not cost the student the first. */
async function obtainMdocs(parts: ObtainDeps, alone: boolean): ReturnType<typeof obtainCopies> {
  try {
    return await obtainCopies(parts, STUDENT_ID_MDOC);
  } catch (error) {
    if (alone || !(error instanceof BatchProblem)) throw error;
    await tellFailure(parts, error);
    return { held: [], face: undefined, notificationId: undefined };
  }
}

/** The issuer learns that a batch was not kept, if it can be reached: the line of this claim is not kept either. */
export async function tellFailure({ call, endpoints }: ObtainDeps, problem: BatchProblem): Promise<void> {
  const { notificationId } = problem;
  if (endpoints.notification === undefined || notificationId === undefined) return;
  const body = { notification_id: notificationId, event: 'credential_failure' };
  await call(endpoints.notification, { body }).catch(() => {});
}
