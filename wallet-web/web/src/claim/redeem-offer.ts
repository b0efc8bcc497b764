import type { WalletContext } from '../app/page.js';
import { PRE_AUTHORIZED } from '../issuer/find-server.js';
import { type CallIssuer, callOver, refreshed } from '../issuer/holder-line.js';
import { ask, ServiceRefusal } from '../issuer/refusal.js';
import { requestTokens } from '../issuer/request-tokens.js';
import { generateProofKey } from '../issuer/sign-proof.js';
import type { IssuerLine } from '../storage/kept.js';
import type { OpenClaim } from './open-claim.js';

const TRIES = 5;

/** The transaction code was wrong; `left` tries remain. */
export class WrongTxCode extends Error {
  override readonly name = 'WrongTxCode';
  constructor(readonly left: number) {
    super('tx-code-wrong');
  }
}

/** The tokens of a claim, kept; with them it can be resumed without the code. @throws WrongTxCode, ServiceRefusal */
export async function redeemOnce(
  wallet: WalletContext,
  claim: OpenClaim,
  txCode: string | undefined,
): Promise<IssuerLine> {
  const { pending, endpoints } = claim;
  if (pending.line !== undefined) return pending.line;
  if (pending.offer.code === undefined) throw new ServiceRefusal(400, 'offer-gone');
  const fields = {
    grant_type: PRE_AUTHORIZED,
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

/** Calls over the line of a claim; `line` answers it as it is now. New tokens are kept before they are used. */
export function callOfClaim(
  { db, clock }: WalletContext,
  { pending }: OpenClaim,
  first: IssuerLine,
): { call: CallIssuer; line: () => IssuerLine } {
  let line = first;
  const call = callOver(async () => {
    if (clock.nowMs() >= line.accessUntilMs && line.refreshToken !== undefined) {
      line = await refreshed(line, clock);
      await db.keep('pending', { ...pending, line });
    }
    return line;
  }, clock);
  return { call, line: () => line };
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
