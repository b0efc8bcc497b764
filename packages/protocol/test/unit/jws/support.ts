import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createSigner,
  generateKeyPair,
  keyPairOf,
  type NodeKeyPair,
  nodeCrypto,
} from '../../../src/crypto/node-crypto.js';
import type { Sign, VerifyKey } from '../../../src/crypto/port.js';
import { JwkError, JwsError } from '../../../src/jws/errors.js';
import { parseP256Jwk } from '../../../src/jws/p256-jwk.js';
import { SdJwtError } from '../../../src/sd-jwt/errors.js';
import { SdJwtVcError } from '../../../src/sd-jwt-vc/errors.js';
import { StatusListError } from '../../../src/status-list/errors.js';
import { StudentDocumentError } from '../../../src/student-document/document-claims.js';
import { StudentIdError } from '../../../src/student-id/student-id-claims.js';

export type TestKey = NodeKeyPair & { readonly sign: Sign; readonly verifyKey: VerifyKey };

export function testKey(pair: NodeKeyPair = generateKeyPair()): TestKey {
  return { ...pair, sign: createSigner(pair.privateKey), verifyKey: importKey(pair.jwk) };
}

export function testKeyFromJwk(jwk: { readonly [name: string]: unknown }): TestKey {
  const privateKey: KeyObject = createPrivateKey({ key: jwk as never, format: 'jwk' });
  return testKey(keyPairOf(privateKey));
}

export function importKey(jwk: unknown): VerifyKey {
  const checked = parseP256Jwk(jwk);
  const key = nodeCrypto.importVerifyKey(checked.compressed, checked.yBytes);
  if (key === undefined) throw new Error('the port refuses a checked key');
  return key;
}

export function vectorText(path: string): string {
  return readFileSync(new URL(`../../../../../testdata/vectors/${path}`, import.meta.url), 'utf8');
}

/** The code of the typed refusal, or "accepted"; anything else that is thrown fails the test. */
export function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    for (const kind of [
      JwsError,
      JwkError,
      SdJwtError,
      SdJwtVcError,
      StatusListError,
      StudentIdError,
      StudentDocumentError,
    ]) {
      if (error instanceof kind) return error.code;
    }
    throw error;
  }
  return 'accepted';
}
