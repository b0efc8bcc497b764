import { keyDay, linkKeyOfDay } from '@lanyard/protocol';
import { webHashes } from '@lanyard/protocol/web-crypto';
import type { GateKey, HeldCredential, HolderState } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';
import type { CallIssuer } from './holder-line.js';
import { enrolGateKey, obtainCopies, STUDENT_ID, STUDENT_PASS } from './obtain.js';
import { signedByRetired } from './retired-copies.js';

/** With this many unused copies left, or fewer, a new batch is fetched. */
const REFILL_AT = 3;
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

/** Brings copies, passes and gate key up to date while there is a network. Each step is whole by itself. */
export async function refill(
  deps: { db: WalletDb; clock: Clock; call: CallIssuer },
  state: HolderState,
): Promise<{ gateKeyChanged: boolean }> {
  const { db, clock } = deps;
  const { line, gate } = await db.read('line', 'gate');
  if (line === undefined || line.ended || state.credential_state !== 'valid') return { gateKeyChanged: false };
  const parts = { ...deps, endpoints: line.endpoints };
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
  ] as const) {
    const held = await dropRetired(db, configuration, state);
    if (freshCopies(held, clock.nowSeconds(), spareSeconds).length > REFILL_AT) continue;
    await replaceCopies(parts, configuration, held);
  }
  return { gateKeyChanged };
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
  const { held, face } = await obtainCopies(parts, configuration);
  const gone = former.filter(
    (copy) => copy.usedAtMs !== undefined || copy.expiresAtSeconds <= parts.clock.nowSeconds(),
  );
  await parts.db.write(async (transaction) => {
    const store = transaction.objectStore('credentials');
    for (const copy of held) await store.add(copy);
    for (const copy of gone) if (copy.id !== undefined) await store.delete(copy.id);
    if (face !== undefined) await transaction.objectStore('kept').put(face, 'face');
  });
}

/** After contact with the server's clock, link keys of past days are replaced: there is no way back to them. */
async function forgetPastDays(db: WalletDb, gate: GateKey, clock: Clock): Promise<void> {
  // Ten minutes to spare, as readers have it.
  const day = keyDay(clock.nowSeconds() - 600);
  if (day <= gate.keyDay) return;
  await db.keep('gate', { ...gate, linkKey: linkKeyOfDay(webHashes, gate.linkKey, gate.keyDay, day), keyDay: day });
}
