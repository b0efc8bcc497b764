import { createPrivateKey } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Sign } from '@lanyard/protocol';
import { createSigner, generateKeyPair, keyPairOf, type NodeKeyPair } from '@lanyard/protocol/node-crypto';
import { type SealedStore, writeDurably } from './sealed-store.js';

const NAME = 'client-key';

/**
 * The key with which a service or agent signs its caller tokens: made once, sealed, and its public half left as
 * `<name>.jwk.json` in the folder where other services of this installation look for it.
 */
export function openClientKey(
  store: SealedStore,
  publish?: { name: string; callersFolder: string },
): { sign: Sign; jwk: NodeKeyPair['jwk'] } {
  let pem = store.read(NAME);
  if (pem === undefined) {
    pem = Buffer.from(String(generateKeyPair().privateKey.export({ type: 'pkcs8', format: 'pem' })));
    store.write(NAME, pem);
  }
  const pair = keyPairOf(createPrivateKey(pem));
  if (publish !== undefined) {
    mkdirSync(publish.callersFolder, { recursive: true });
    writeDurably(join(publish.callersFolder, `${publish.name}.jwk.json`), Buffer.from(JSON.stringify(pair.jwk)));
  }
  return { sign: createSigner(pair.privateKey), jwk: pair.jwk };
}
