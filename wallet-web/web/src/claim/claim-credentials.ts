import type { WalletContext } from '../app/page.js';
import { findEndpoints } from '../issuer/find-endpoints.js';
import { callOver } from '../issuer/holder-line.js';
import { enrolGateKey, obtainCopies, STUDENT_ID, STUDENT_PASS } from '../issuer/obtain.js';
import { refreshReaderAnchors } from '../issuer/reader-anchors.js';
import { ask, readJson, ServiceRefusal } from '../issuer/refusal.js';
import { requestTokens } from '../issuer/request-tokens.js';
import { generateProofKey } from '../issuer/sign-proof.js';
import { keepRecord } from '../storage/keep-record.js';
import type { CredentialOffer, HeldCredential, IssuerEndpoints, IssuerLine, PendingClaim } from '../storage/kept.js';
import { OfferProblem, type OfferReference, parseOffer } from './parse-offer.js';

const TRIES = 5;

/** The transaction code was wrong; `left` tries remain. */
export class WrongTxCode extends Error {
  override readonly name = 'WrongTxCode';
  constructor(readonly left: number) {
    super('tx-code-wrong');
  }
}

export interface OpenClaim {
  readonly pending: PendingClaim;
  readonly endpoints: IssuerEndpoints;
}

/** Fetches an offer and who makes it, and keeps both, so that a reload goes on here. */
export async function openClaim(wallet: WalletContext, reference: OfferReference): Promise<OpenClaim> {
  const offerUri = 'uri' in reference ? reference.uri : undefined;
  const offer = parseOffer('json' in reference ? reference.json : await fetchOffer(reference.uri));
  const { pending: former } = await wallet.db.read('pending');
  const same = former?.offer.code === offer.code ? former : undefined;
  const pending = { offer, offerUri, wrongTries: same?.wrongTries ?? 0, line: same?.line };
  await wallet.db.keep('pending', pending);
  return { pending, endpoints: await endpointsOf(wallet, offer) };
}

/** Goes on with a claim that was begun; undefined where there is none. */
export async function resumeClaim(wallet: WalletContext): Promise<OpenClaim | undefined> {
  const { pending } = await wallet.db.read('pending');
  if (pending === undefined) return undefined;
  return { pending, endpoints: pending.line?.endpoints ?? (await endpointsOf(wallet, pending.offer)) };
}

async function fetchOffer(uri: string): Promise<string> {
  const answer = await ask(uri);
  if (answer.status === 404) throw new ServiceRefusal(404, 'offer-gone');
  if (!answer.ok) await readJson(answer);
  return answer.text();
}

async function endpointsOf(wallet: WalletContext, offer: CredentialOffer): Promise<IssuerEndpoints> {
  const { endpoints, clock } = await findEndpoints(offer.issuer, wallet.language);
  if (clock !== undefined) {
    wallet.clock.set(clock);
    await wallet.db.keep('clock', clock);
  }
  return endpoints;
}

export type ClaimStep = 'redeem' | 'student-id' | 'pass' | 'gate-key' | 'store';

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
  const { db, clock, config } = wallet;
  const { endpoints } = claim;
  onStep('redeem');
  let line = await redeemOnce(wallet, claim, txCode);
  const pending = { ...claim.pending, line };
  const call = callOver(async () => {
    if (clock.nowMs() >= line.accessUntilMs && line.refreshToken !== undefined) {
      const key = { privateKey: line.dpopKey, jwk: line.dpopJwk };
      const fields = { grant_type: 'refresh_token', refresh_token: line.refreshToken };
      line = await requestTokens(endpoints, key, fields, clock.nowSeconds());
      await db.keep('pending', { ...pending, line });
    }
    return line;
  }, clock);
  const parts = { call, endpoints, clock };
  const offered = (id: string) => claim.pending.offer.configurationIds.includes(id);
  const own = endpoints.issuer === config.issuer;
  if (!offered(STUDENT_ID) && !offered(STUDENT_PASS)) throw new OfferProblem('offer-not-supported');
  const held: HeldCredential[] = [];
  onStep('student-id');
  const ids = offered(STUDENT_ID) ? await obtainCopies(parts, STUDENT_ID) : undefined;
  held.push(...(ids?.held ?? []));
  onStep('pass');
  if (offered(STUDENT_PASS)) held.push(...(await obtainCopies(parts, STUDENT_PASS)).held);
  // Gates of this university know only keys that its own issuer enrolled.
  if (own) onStep('gate-key');
  const gate = own ? await enrolGateKey(parts) : undefined;
  onStep('store');
  await db.write(async (transaction) => {
    const kept = transaction.objectStore('kept');
    const credentials = transaction.objectStore('credentials');
    for (const old of await credentials.getAll())
      if (old.issuer === endpoints.issuer && old.id !== undefined) await credentials.delete(old.id);
    for (const copy of held) await credentials.add(copy);
    if (gate !== undefined) {
      await kept.put(gate, 'gate');
      await kept.put(line, 'line');
      await kept.delete('state');
    }
    if (ids?.face !== undefined && (own || (await kept.get('face')) === undefined)) await kept.put(ids.face, 'face');
    await kept.delete('pending');
    await keepRecord(transaction, { kind: 'claimed', atMs: clock.nowMs() });
  });
  // Without the list a first presentation asks for it again.
  if (own) await refreshReaderAnchors(db, endpoints.issuer, clock).catch(() => {});
}

async function redeemOnce(wallet: WalletContext, claim: OpenClaim, txCode: string | undefined): Promise<IssuerLine> {
  const { pending, endpoints } = claim;
  if (pending.line !== undefined) return pending.line;
  const fields = {
    grant_type: 'urn:ietf:params:oauth:grant-type:pre-authorized_code',
    'pre-authorized_code': pending.offer.code,
    ...(txCode === undefined ? {} : { tx_code: txCode }),
  };
  try {
    const line = await requestTokens(endpoints, await generateProofKey(), fields, wallet.clock.nowSeconds());
    await wallet.db.keep('pending', { ...pending, line });
    return line;
  } catch (error) {
    if (!(error instanceof ServiceRefusal) || error.code !== 'invalid_grant' || txCode === undefined) throw error;
    throw await wrongTry(wallet, claim);
  }
}

/** `invalid_grant` says both "wrong code" and "offer gone"; whether the offer still stands tells them apart. */
async function wrongTry(wallet: WalletContext, { pending }: OpenClaim): Promise<Error> {
  const { pending: kept } = await wallet.db.read('pending');
  const wrongTries = (kept?.wrongTries ?? pending.wrongTries) + 1;
  await wallet.db.keep('pending', { ...pending, wrongTries });
  if (wrongTries >= TRIES) return new ServiceRefusal(400, 'offer-gone');
  if (pending.offerUri !== undefined && (await ask(pending.offerUri)).status === 404)
    return new ServiceRefusal(404, 'offer-gone');
  return new WrongTxCode(TRIES - wrongTries);
}
