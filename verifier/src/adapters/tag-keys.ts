import { createHmac, randomBytes } from 'node:crypto';
import type { SealedStore } from '@lanyard/platform';
import { ascii } from '@lanyard/protocol';
import {
  cardKey,
  decryptPiccData,
  diversifyKey,
  NfcError,
  type SunUrl,
  type VerifiedSun,
  verifySun,
} from '@lanyard/protocol/nfc';
import { nodeAes } from '@lanyard/protocol/node-crypto';

/** Keys of door tags, all derived from one master key that lies sealed in the verifier's store. */
export interface TagKeys {
  /** The five keys of a tag, for the one who writes it; nothing else gives them out. */
  all(number: number, uid: Uint8Array): readonly Uint8Array[];
  uidDigest(uid: Uint8Array): Buffer;
  /** UID and counter under a CMAC that holds, or undefined. */
  prove(url: SunUrl): VerifiedSun | undefined;
}

const MASTER = 'door-tag-master';
const noUid = new Uint8Array(7);

export function openTagKeys(store: SealedStore): TagKeys {
  if (store.read(MASTER) === undefined) store.write(MASTER, randomBytes(16));
  const kept = store.read(MASTER);
  if (kept === undefined) throw new TypeError('the master key of door tags cannot be read back');
  const master = new Uint8Array(kept);
  const digestKey = store.derive('door tag uid');
  /** Each tag has a master key of its own, so not even the key that decrypts UIDs is shared. */
  const ofTag = (number: number) => diversifyKey(nodeAes, master, ascii(`lanyard door tag ${number}`));
  return {
    all: (number, uid) => ([0, 1, 2, 3, 4] as const).map((one) => cardKey(nodeAes, ofTag(number), uid, one)),
    uidDigest: (uid) => createHmac('sha256', digestKey).update(uid).digest(),
    prove(url) {
      const own = ofTag(url.number);
      try {
        const said = decryptPiccData(nodeAes, cardKey(nodeAes, own, noUid, 1), url.piccData);
        return verifySun(nodeAes, cardKey(nodeAes, own, said.uid, 2), said, url.cmac);
      } catch (error) {
        if (error instanceof NfcError) return undefined;
        throw error;
      }
    },
  };
}
