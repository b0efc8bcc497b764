import {
  createKeyFinder,
  type KeyEntry,
  type KeyFinder,
  type PassList,
  type PeopleState,
  type SignerKey,
  type VerifyKey,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';

export type IssuerSignerUse = 'pass' | 'status' | 'package' | 'document' | 'audit';

/** A signer of the issuer, as pinned. */
export interface IssuerSigner {
  use: IssuerSignerUse;
  kid: Uint8Array;
  key: Uint8Array;
  fromSeconds: number;
  toSeconds: number;
  /** Set where the issuer has retired it: everything it ever signed is refused. */
  retiredSinceSeconds?: number;
}

/** A pass list as signed, what was signed upon it since, and what both come to. */
export interface HeldList {
  cose: Uint8Array;
  list: PassList;
  /** In the order to apply them. */
  deltas?: readonly HeldDelta[];
}
export interface HeldDelta {
  baseSequence: number;
  cose: Uint8Array;
}

/** A key of the issuer that signs documents or status lists, with the time in which it may sign. */
export interface TimedKey {
  key: VerifyKey;
  fromSeconds: number;
  toSeconds: number;
}

/** Keys of the issuer in the shapes that the checks take; made once for each set of signers. */
export interface IssuerKeys {
  signers: readonly IssuerSigner[];
  passKeys: readonly KeyEntry[];
  statusKeys: readonly KeyEntry[];
  peopleSigners: readonly SignerKey[];
  findPassKey: KeyFinder;
  findDocumentKey(kid: unknown): TimedKey | undefined;
  findStatusKey(kid: unknown): TimedKey | undefined;
}

/** What the verifier knows of the issuer; replaced as a whole, never changed. */
export interface MirrorState {
  keys: IssuerKeys | undefined;
  people: PeopleState | undefined;
  lists: ReadonlyMap<number, HeldList>;
}

/** No time at all: what a retired signer signed still verifies and is `issuer-not-entitled`, whenever it was signed. */
const NEVER = { fromSeconds: 1, toSeconds: 0 };
/** Lists and people parts of a retired signer are not documents of a person: its key is not looked for. */
const WITHOUT_RETIRED: readonly IssuerSignerUse[] = ['status', 'package', 'audit'];

/** Prepares look-ups over pinned signers. A signer's kid is unique within the issuer. */
export function indexSigners(signers: readonly IssuerSigner[], universityCode: string): IssuerKeys {
  const entries = (use: IssuerSignerUse): KeyEntry[] =>
    signers
      .filter((signer) => signer.use === use)
      .filter((signer) => signer.retiredSinceSeconds === undefined || !WITHOUT_RETIRED.includes(use))
      .map(({ kid, key, fromSeconds, toSeconds, retiredSinceSeconds }) => ({
        ...{ universityCode, kid, key },
        ...(retiredSinceSeconds === undefined ? { fromSeconds, toSeconds } : NEVER),
      }));
  const finder = (use: IssuerSignerUse) => {
    const byKid = new Map<unknown, TimedKey>();
    for (const { kid, key, fromSeconds, toSeconds } of entries(use)) {
      const imported = nodeCrypto.importVerifyKey(key);
      if (imported !== undefined)
        byKid.set(Buffer.from(kid).toString('base64url'), { key: imported, fromSeconds, toSeconds });
    }
    return (kid: unknown) => byKid.get(kid);
  };
  const passKeys = entries('pass');
  return {
    signers,
    passKeys,
    statusKeys: entries('status'),
    peopleSigners: entries('package').map(({ kid, key }) => ({ kid, key })),
    findPassKey: createKeyFinder(passKeys),
    findDocumentKey: finder('document'),
    findStatusKey: finder('status'),
  };
}
