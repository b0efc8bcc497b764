import { sunFileSettings, sunTemplate } from '@lanyard/protocol/nfc';
import { nodeAes } from '@lanyard/protocol/node-crypto';
import { createNtag424Card, type Ntag424Card } from '../../../../packages/protocol/test/support/ntag424-card.js';

/** A card that says it is another: its UID and address, with keys of the attacker's own or, `withKeys`, the real ones. */
export function cloneOf(card: Ntag424Card, options: { withKeys?: boolean } = {}): Ntag424Card {
  const template = sunTemplate('http://localhost:8083', 'c', 7);
  const { memory } = card;
  return createNtag424Card({
    aes: nodeAes,
    uid: memory.uid,
    memory: {
      uid: memory.uid,
      keys: memory.keys.map(({ key, version }) => ({
        key: options.withKeys === true ? key : key.map((byte) => byte ^ 1),
        version,
      })),
      file:
        template.file.length < 256
          ? Uint8Array.of(...template.file, ...new Uint8Array(256 - template.file.length))
          : template.file,
      settings: sunFileSettings(template),
      readCounter: memory.readCounter,
    },
  });
}
