import {
  assemblePortableCode,
  decodeBase64url,
  type PassClaims,
  parsePass,
  preparePortableCode,
} from '@lanyard/protocol';
import { createWebSigner, webHashes, webRandomBytes } from '@lanyard/protocol/web-crypto';
import { keepRecord } from '../storage/keep-record.js';
import type { HeldCredential } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import { NoCode } from './make-gate-code.js';

export interface TakenPass {
  readonly pass: HeldCredential;
  readonly claims: PassClaims;
  /** True where no unused pass was left: two showings of this one can be linked. */
  readonly reused: boolean;
  /** Unused passes after this one. */
  readonly left: number;
}

/** Picks a pass: the unused one that ends first, else the one whose last showing is longest ago. */
export function choosePass(
  held: readonly HeldCredential[],
  nowSeconds: number,
): { pass: HeldCredential; reused: boolean; left: number } | undefined {
  const alive = held.filter((copy) => copy.expiresAtSeconds > nowSeconds + 60);
  const unused = alive.filter((copy) => copy.usedAtMs === undefined);
  const [pass] = [...(unused.length > 0 ? unused : alive)].sort(
    (a, b) => (a.usedAtMs ?? 0) - (b.usedAtMs ?? 0) || a.expiresAtSeconds - b.expiresAtSeconds,
  );
  if (pass === undefined) return undefined;
  return { pass, reused: unused.length === 0, left: Math.max(0, unused.length - 1) };
}

/** Takes a pass for one showing and writes down that it was shown, before it is. @throws NoCode `pass-missing` */
export async function takePass(db: WalletDb, nowMs: number): Promise<TakenPass> {
  let taken: TakenPass | undefined;
  await db.write(async (transaction) => {
    const store = transaction.objectStore('credentials');
    const held = await store.index('configuration').getAll('student-pass');
    const choice = choosePass(held, Math.floor(nowMs / 1000));
    if (choice === undefined) throw new NoCode('pass-missing');
    const { claims } = parsePass(decodeBase64url(choice.pass.credential));
    taken = { ...choice, claims };
    await store.put({ ...choice.pass, usedAtMs: nowMs });
    await keepRecord(transaction, { kind: 'portable-shown', atMs: nowMs });
  });
  if (taken === undefined) throw new NoCode('pass-missing');
  return taken;
}

/** Makes portable codes (docs/formats.md, portable code) from one pass, for one showing. */
export function createPortableCodeMaker(pass: HeldCredential): (timeSeconds: number) => Promise<string> {
  const sign = createWebSigner(pass.privateKey);
  const bytes = decodeBase64url(pass.credential);
  return async (timeSeconds) => {
    const prepared = preparePortableCode(webHashes, { pass: bytes, timeSeconds, nonce: webRandomBytes(8) });
    return assemblePortableCode(prepared, await sign(prepared.toBeSigned));
  };
}
