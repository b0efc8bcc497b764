import {
  assembleGateCode,
  type GateCodeSecrets,
  gateCodeSecrets,
  keyDay,
  linkKeyOfDay,
  prepareGateCode,
} from '@lanyard/protocol';
import { createWebSigner, webHashes, webRandomBytes } from '@lanyard/protocol/web-crypto';
import type { GateKey } from '../storage/kept.js';

/** Why there is no code. */
export class NoCode extends Error {
  override readonly name = 'NoCode';
  constructor(readonly reason: 'clock-behind' | 'pass-missing') {
    super(reason);
  }
}

/** Makes the code of a time; with a challenge of 29 bytes the answer to it. */
export type MakeGateCode = (timeSeconds: number, challenge?: Uint8Array) => Promise<string>;

/** Makes gate codes (docs/formats.md, gate code); handle and mask are worked out once a key day. @throws NoCode `clock-behind` */
export function createGateCodeMaker(gate: GateKey): MakeGateCode {
  const sign = createWebSigner(gate.privateKey);
  let known: { day: number; secrets: GateCodeSecrets } | undefined;
  return async (timeSeconds, challenge) => {
    const day = keyDay(timeSeconds);
    if (day < gate.keyDay) throw new NoCode('clock-behind');
    if (known?.day !== day) {
      const linkKey = linkKeyOfDay(webHashes, gate.linkKey, gate.keyDay, day);
      known = { day, secrets: gateCodeSecrets(webHashes, linkKey) };
    }
    const answered = challenge === undefined ? {} : { challenge };
    const prepared = prepareGateCode({ ...known.secrets, timeSeconds, nonce: webRandomBytes(4), ...answered });
    return assembleGateCode(prepared, await sign(prepared.toBeSigned));
  };
}
