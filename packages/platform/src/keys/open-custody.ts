import { readFileSync, statSync } from 'node:fs';
import { createFileCustody, type KeyCustody } from './key-custody.js';
import { CustodyError, openPkcs11Custody } from './pkcs11-custody.js';
import type { SealedStore } from './sealed-store.js';

/**
 * Keys in the token where one is configured, else in the sealed store. Keys made before the token came go on signing
 * from the store until they end: new ones are made in the token only.
 *
 * @throws CustodyError
 */
export function openCustody(store: SealedStore, token: { module: string; label: string; pinFile: string }): KeyCustody {
  const former = createFileCustody(store);
  if (token.module === '') return former;
  const custody = openPkcs11Custody({ module: token.module, token: token.label, pin: readPin(token.pinFile) });
  return {
    generate: custody.generate,
    publicKey: (handle) => custody.publicKey(handle) ?? former.publicKey(handle),
    signer: (handle) => custody.signer(handle) ?? former.signer(handle),
    destroy(handle) {
      custody.destroy(handle);
      former.destroy(handle);
    },
    close: custody.close,
  };
}

function readPin(path: string): string {
  let pin: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      throw new CustodyError('pkcs11-pin-wrong', `The PIN file ${path} can be read by others: make it 0600.`);
    pin = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if (cause instanceof CustodyError) throw cause;
    throw new CustodyError('pkcs11-pin-wrong', `The PIN file ${path} cannot be read.`, { cause });
  }
  if (pin === '') throw new CustodyError('pkcs11-pin-wrong', `The PIN file ${path} is empty.`);
  return pin;
}
