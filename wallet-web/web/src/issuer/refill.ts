import { keyDay, linkKeyOfDay } from '@lanyard/protocol';
import { webHashes } from '@lanyard/protocol/web-crypto';
import type { GateKey, HeldCredential, HolderState, IssuanceFacts, IssuerLine } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';
import { readIssuer } from './find-endpoints.js';
import type { CallIssuer } from './holder-line.js';
import { queueNotice } from './notices.js';
import { BatchProblem, enrolGateKey, obtainCopies, STUDENT_ID, STUDENT_ID_MDOC, STUDENT_PASS } from './obtain.js';
import { ServiceRefusal } from './refusal.js';
import { signedByRetired } from './retired-copies.js';

/** With this many unused copies left, or fewer, a new batch is fetched. */
export const REFILL_AT = 3;
const DAY_SECONDS = 86_400;

/** Copies that were not shown and live long enough to count on. */
export function freshCopies(
  held: readonly HeldCredential[],
  nowSeconds: number,
  spareSeconds: number,
): HeldCredential[] {
  return held.filter((copy) => copy.usedAtMs === undefined && copy.expiresAtSeconds - spareSeconds > nowSeconds);
}

/** True when a gate key has to be made anew: its time has come, or the answer to an enrolment was lost. */
export function gateKeyIsDue(gate: GateKey | undefined, state: HolderState, nowSeconds: number): boolean {
  if (!state.gate_key.enrolled) return false;
  return gate === undefined || gate.renewAfter !== state.gate_key.renew_after || gate.renewAfter <= nowSeconds;
}

/** True when copies say something that is no longer so and this wallet's turn has come; once for each change. */
export async function refreshIsDue(db: WalletDb, state: HolderState, clock: Clock): Promise<boolean> {
  const { refresh_after: after } = state;
  if (after === undefined || after === null || after > clock.nowSeconds()) return false;
  return (await db.read('refreshed')).refreshed !== after;
}

/** Brings copies, passes and gate key up to date while there is a network. Each step is whole by itself. */
export async function refill(
  deps: { db: WalletDb; clock: Clock; call: CallIssuer },
  state: HolderState,
): Promise<{ gateKeyChanged: boolean }> {
  const { db, clock } = deps;
  const { line, gate } = await db.read('line', 'gate');
  if (line === undefined || line.ended || state.credential_state !== 'valid') return { gateKeyChanged: false };
  const facts = await issuanceFacts(db, line, clock);
  const endpoints = { ...line.endpoints, notification: facts?.notification ?? line.endpoints.notification };
  const parts = { ...deps, endpoints, identifiers: line.identifiers };
  const refresh = await refreshIsDue(db, state, clock);
  let gateKeyChanged = false;
  if (gateKeyIsDue(gate, state, clock.nowSeconds())) {
    await db.keep('gate', await enrolGateKey(parts));
    gateKeyChanged = true;
  } else if (gate !== undefined) {
    await forgetPastDays(db, gate, clock);
  }
  for (const [configuration, spareSeconds] of [
    [STUDENT_PASS, DAY_SECONDS],
    [STUDENT_ID, 5 * DAY_SECONDS],
    [STUDENT_ID_MDOC, 5 * DAY_SECONDS],
  ] as const) {
    const held = await dropRetired(db, configuration, state);
    if (!refresh && freshCopies(held, clock.nowSeconds(), spareSeconds).length > REFILL_AT) continue;
    // Copies that say something older go when the new ones are there.
    const replaced = refresh ? held.map((copy) => ({ ...copy, usedAtMs: copy.usedAtMs ?? clock.nowMs() })) : held;
    if (configuration !== STUDENT_ID_MDOC) await replaceCopies(parts, configuration, replaced);
    else if (mayAskFor(configuration, facts, clock.nowMs())) await replaceOrNote(parts, configuration, replaced, facts);
  }
  if (refresh && state.refresh_after != null) await db.keep('refreshed', state.refresh_after);
  return { gateKeyChanged };
}

const FACTS_KEPT_MS = 86_400_000;

/** True where the issuer gives this out and did not refuse it to our line within a day. */
export function mayAskFor(
  configuration: string,
  facts: IssuanceFacts | undefined,
  nowMs: number,
): facts is IssuanceFacts {
  if (facts === undefined || !facts.configurations.includes(configuration)) return false;
  return nowMs - (facts.refused?.[configuration] ?? -Infinity) > FACTS_KEPT_MS;
}

/** What the issuer gives out, read once a day; as it was kept where it does not answer. */
async function issuanceFacts(db: WalletDb, line: IssuerLine, clock: Clock): Promise<IssuanceFacts | undefined> {
  const { issuance } = await db.read('issuance');
  if (issuance !== undefined && clock.nowMs() - issuance.receivedAtMs < FACTS_KEPT_MS) return issuance;
  const found = await readIssuer(line.endpoints.issuer).catch(() => undefined);
  if (found === undefined) return issuance;
  const facts: IssuanceFacts = {
    configurations: found.metadata.configurations.map(({ id }) => id),
    notification: found.metadata.notification,
    receivedAtMs: clock.nowMs(),
    ...(issuance?.refused === undefined ? {} : { refused: issuance.refused }),
  };
  await db.keep('issuance', facts);
  return facts;
}

/** A line that was made before the issuer gave out this format may not cover it: that stops nothing else. */
async function replaceOrNote(
  parts: Parameters<typeof replaceCopies>[0],
  configuration: string,
  held: readonly HeldCredential[],
  facts: IssuanceFacts,
): Promise<void> {
  try {
    await replaceCopies(parts, configuration, held);
  } catch (error) {
    if (!(error instanceof ServiceRefusal) || error.status >= 500) throw error;
    const refused = { ...facts.refused, [configuration]: parts.clock.nowMs() };
    await parts.db.keep('issuance', { ...facts, refused });
  }
}

/** Copies that are refused everywhere go before new ones come: they must not be shown meanwhile. */
async function dropRetired(db: WalletDb, configuration: string, state: HolderState): Promise<HeldCredential[]> {
  const held = await db.credentials(configuration);
  const gone = held.filter((copy) => signedByRetired(copy, state.retired_signers ?? []));
  if (gone.length === 0) return held;
  await db.write(async (transaction) => {
    const store = transaction.objectStore('credentials');
    for (const copy of gone) if (copy.id !== undefined) await store.delete(copy.id);
  });
  return held.filter((copy) => !gone.includes(copy));
}

async function replaceCopies(
  parts: Parameters<typeof obtainCopies>[0] & { db: WalletDb },
  configuration: string,
  former: readonly HeldCredential[],
): Promise<void> {
  const { db, clock, endpoints } = parts;
  const tell = { endpoint: endpoints.notification, atMs: clock.nowMs() };
  const { held, face, notificationId } = await obtainCopies(parts, configuration).catch(async (error: unknown) => {
    if (error instanceof BatchProblem) {
      const notice = { ...tell, notificationIds: [error.notificationId] };
      await db.write((transaction) => queueNotice(transaction, 'credential_failure', notice));
    }
    throw error;
  });
  const gone = former.filter((copy) => copy.usedAtMs !== undefined || copy.expiresAtSeconds <= clock.nowSeconds());
  await db.write(async (transaction) => {
    // Deleted meanwhile: what came late is not kept.
    if ((await transaction.objectStore('kept').get('line')) === undefined) return;
    const store = transaction.objectStore('credentials');
    for (const copy of held) await store.add(copy);
    for (const copy of gone) if (copy.id !== undefined) await store.delete(copy.id);
    if (face !== undefined) await transaction.objectStore('kept').put(face, 'face');
    await queueNotice(transaction, 'credential_accepted', { ...tell, notificationIds: [notificationId] });
  });
}

/** After contact with the server's clock, link keys of past days are replaced: there is no way back to them. */
async function forgetPastDays(db: WalletDb, gate: GateKey, clock: Clock): Promise<void> {
  // Ten minutes to spare, as readers have it.
  const day = keyDay(clock.nowSeconds() - 600);
  if (day <= gate.keyDay) return;
  await db.keep('gate', { ...gate, linkKey: linkKeyOfDay(webHashes, gate.linkKey, gate.keyDay, day), keyDay: day });
}
