import { randomBytes } from 'node:crypto';
import {
  assembleGateCode,
  assembleKeyBinding,
  assemblePortableCode,
  digestTextWith,
  gateCodeSecrets,
  keyDay,
  linkKeyOfDay,
  parseSdJwt,
  prepareGateCode,
  prepareKeyBinding,
  preparePortableCode,
  presentSdJwt,
} from '@lanyard/protocol';
import { createSigner, type NodeKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { nowSeconds, type TestPerson } from './stand-in-issuer.js';

/** A gate code as the wallet of `person` would show it; the link key in the row is that of `tableDay`. */
export function gateCode(
  person: TestPerson,
  tableDay: number,
  change: {
    timeSeconds?: number;
    signWith?: NodeKeyPair;
    signature?: Uint8Array;
    challenge?: Uint8Array;
    head?: (head: Uint8Array) => unknown;
  } = {},
): string {
  const timeSeconds = change.timeSeconds ?? nowSeconds();
  const day = Math.max(tableDay, keyDay(timeSeconds));
  const prepared = prepareGateCode({
    ...gateCodeSecrets(nodeCrypto, linkKeyOfDay(nodeCrypto, person.row.linkKey, tableDay, day)),
    timeSeconds,
    nonce: randomBytes(4),
    ...(change.challenge === undefined ? {} : { challenge: change.challenge }),
  });
  const signature = change.signature ?? createSigner((change.signWith ?? person.pair).privateKey)(prepared.toBeSigned);
  change.head?.(prepared.head);
  return assembleGateCode(prepared, signature);
}

export function portableCode(
  held: { pair: NodeKeyPair; pass: Uint8Array },
  change: { timeSeconds?: number; signWith?: NodeKeyPair; signature?: Uint8Array } = {},
): string {
  const prepared = preparePortableCode(nodeCrypto, {
    pass: held.pass,
    timeSeconds: change.timeSeconds ?? nowSeconds(),
    nonce: randomBytes(8),
  });
  return assemblePortableCode(
    prepared,
    change.signature ?? createSigner((change.signWith ?? held.pair).privateKey)(prepared.toBeSigned),
  );
}

const digestText = digestTextWith(nodeCrypto.sha256);

export function present(
  held: { pair: NodeKeyPair; compact: string },
  request: { nonce: string; audience: string; claims?: string[]; issuedAtSeconds?: number; signWith?: NodeKeyPair },
): string {
  const parsed = parseSdJwt(held.compact, digestText);
  const presentation = presentSdJwt(
    parsed,
    (request.claims ?? ['enrolment_status', 'registered_until', 'university_code']).map((name) => [name]),
  );
  const prepared = prepareKeyBinding({
    presentation,
    nonce: request.nonce,
    audience: request.audience,
    issuedAtSeconds: request.issuedAtSeconds ?? nowSeconds(),
    digestText,
  });
  const sign = createSigner((request.signWith ?? held.pair).privateKey);
  return assembleKeyBinding(presentation, prepared, sign(prepared.signingInput));
}
