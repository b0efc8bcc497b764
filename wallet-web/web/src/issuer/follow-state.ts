import { keepRecord } from '../storage/keep-record.js';
import type { HolderState, KeptRecord } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import { type Clock, measureClock } from '../time/corrected-clock.js';
import type { CallIssuer } from './holder-line.js';

const LONGEST_SECONDS = 25;
/** The issuer answers within 25 s; more means that the way to it is gone. */
const WAIT_MS = 40_000;

type StateAnswer = Omit<HolderState, 'receivedAtMs'> & { server_time: number };

/** One contact: the holder's state now, stored with what it says about the clock. */
export async function fetchState(deps: {
  db: WalletDb;
  clock: Clock;
  call: CallIssuer;
  issuer: string;
}): Promise<HolderState> {
  const sentMs = Date.now();
  const answer = await deps.call<StateAnswer>(`${deps.issuer}/v1/holder/state`);
  const measure = measureClock({ sentMs, receivedMs: Date.now(), serverMs: answer.server_time * 1000 });
  deps.clock.set(measure);
  await deps.db.keep('clock', measure);
  return keepState(deps, answer);
}

/** Waits up to 25 s for a version or a question other than what `known` holds. The waiting would spoil a clock measure, so it makes none. */
export async function waitForState(
  deps: { db: WalletDb; clock: Clock; call: CallIssuer; issuer: string },
  known: Pick<HolderState, 'version' | 'nods' | 'refresh_after'>,
  signal: AbortSignal,
): Promise<HolderState> {
  const nods = (known.nods ?? []).map(({ id }) => id).join(',');
  const wait = waitSeconds(known, deps.clock);
  const url = `${deps.issuer}/v1/holder/state?after=${known.version}&wait=${wait}&nods=${nods}`;
  return keepState(deps, await deps.call<StateAnswer>(url, { signal, timeoutMs: WAIT_MS }));
}

/** Shorter where copies are to be obtained anew before: their time was chosen so that not all come at once. */
function waitSeconds({ refresh_after: after }: Pick<HolderState, 'refresh_after'>, clock: Clock): number {
  const left = after === undefined || after === null ? LONGEST_SECONDS : Math.ceil(after - clock.nowSeconds());
  return left > 0 && left < LONGEST_SECONDS ? left : LONGEST_SECONDS;
}

async function keepState(deps: { db: WalletDb; clock: Clock }, answer: StateAnswer): Promise<HolderState> {
  const { server_time: _, ...rest } = answer;
  const state: HolderState = { ...rest, receivedAtMs: deps.clock.nowMs() };
  await deps.db.write(async (transaction) => {
    const kept = transaction.objectStore('kept');
    const former = (await kept.get('state')) as HolderState | undefined;
    await kept.put(state, 'state');
    const change = changeOf(former, state);
    if (change !== undefined) await keepRecord(transaction, { ...change, atMs: state.receivedAtMs });
  });
  return state;
}

/** The row for the records that a change of state makes. */
export function changeOf(
  former: Pick<HolderState, 'credential_state' | 'registered_until'> | undefined,
  now: Pick<HolderState, 'credential_state' | 'reason_code' | 'registered_until'>,
): Omit<KeptRecord, 'atMs'> | undefined {
  if (former === undefined) return undefined;
  if (former.credential_state !== now.credential_state) {
    const kind = now.credential_state === 'valid' ? 'reinstated' : now.credential_state;
    return { kind, ...(now.reason_code === null ? {} : { reason: now.reason_code }) };
  }
  return former.registered_until !== now.registered_until ? { kind: 'renewed' } : undefined;
}
