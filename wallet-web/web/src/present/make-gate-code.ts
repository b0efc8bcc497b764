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

/** Makes gate codes (docs/formats.md, gate code); handle and mask are worked out once a key day. @throws NoCode `clock-behind` */
export function createGateCodeMaker(gate: GateKey): (timeSeconds: number) => Promise<string> {
  const sign = createWebSigner(gate.privateKey);
  let known: { day: number; secrets: GateCodeSecrets } | undefined;
  return async (timeSeconds) => {
    const day = keyDay(timeSeconds);
    if (day < gate.keyDay) throw new NoCode('clock-behind');
    if (known?.day !== day) {
      const linkKey = linkKeyOfDay(webHashes, gate.linkKey, gate.keyDay, day);
      known = { day, secrets: gateCodeSecrets(webHashes, linkKey) };
    }
    const prepared = prepareGateCode({ ...known.secrets, timeSeconds, nonce: webRandomBytes(4) });
    return assembleGateCode(prepared, await sign(prepared.toBeSigned));
  };
}
