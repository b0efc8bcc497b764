import { createPrivateKey } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type SealedStore, writeDurably } from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import { createSigner, generateKeyPair, keyPairOf } from '@lanyard/protocol/node-crypto';

const FILE = 'client-key';

/** The verifier's own client key, made at the first start; its public half is left where the services called find it. */
export function openClientKey(store: SealedStore, callersFolder: string): { sign: Sign } {
  const kept = store.read(FILE);
  const pair = kept === undefined ? generateKeyPair() : keyPairOf(createPrivateKey(kept.toString('utf8')));
  if (kept === undefined)
    store.write(FILE, Buffer.from(String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))));
  mkdirSync(callersFolder, { recursive: true });
  writeDurably(join(callersFolder, 'verifier.jwk.json'), Buffer.from(JSON.stringify(pair.jwk)));
  return { sign: createSigner(pair.privateKey) };
}
