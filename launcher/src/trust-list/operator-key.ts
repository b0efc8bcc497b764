import { createPrivateKey, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeDurably } from '@lanyard/platform';
import { generateKeyPair, keyPairOf, type NodeKeyPair } from '@lanyard/protocol/node-crypto';
import { CommandRefusal } from '../client/call-service.js';

/** The list operator's key, PKCS #8 PEM of mode 0600; made where it is missing. `made` says so. */
export function openOperatorKey(file: string): NodeKeyPair & { made: boolean } {
  if (existsSync(file)) return { ...keyPairOf(readKey(file)), made: false };
  const pair = generateKeyPair();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeDurably(file, Buffer.from(String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))));
  return { ...pair, made: true };
}

function readKey(file: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch (cause) {
    throw new CommandRefusal('operator-key-unreadable', `${file} holds no private key.`, cause);
  }
  throw new CommandRefusal('operator-key-unreadable', `${file} holds no key on P-256.`);
}
