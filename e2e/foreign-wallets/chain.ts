import type { KeyObject } from 'node:crypto';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { assembleCertificate, pointOfJwk, prepareCertificate } from '@lanyard/protocol/x509';

/** A root and a leaf for `localhost`, in the narrow profile that our wallets read. */
export function makeChain(organization: string): { chain: string[]; key: KeyObject; root: Buffer } {
  const rootKey = generateKeyPair();
  const leafKey = generateKeyPair();
  const now = Math.floor(Date.now() / 1000);
  const point = (key: KeyObject) => pointOfJwk(key.export({ format: 'jwk' }) as never);
  const name = { commonName: `${organization} root` };
  const make = (plan: object) => {
    const prepared = prepareCertificate(
      {
        ...{
          issuer: name,
          issuerPoint: point(rootKey.publicKey),
          notBeforeSeconds: now - 60,
          notAfterSeconds: now + 3_600,
        },
        ...plan,
      } as never,
      nodeCrypto,
    );
    return Buffer.from(assembleCertificate(prepared, createSigner(rootKey.privateKey)(prepared.toBeSigned)));
  };
  const root = make({
    serial: Uint8Array.of(1),
    subject: name,
    publicPoint: point(rootKey.publicKey),
    profile: { kind: 'ca' },
  });
  const leaf = make({
    ...{ serial: Uint8Array.of(2), subject: { commonName: 'localhost', organization } },
    ...{ publicPoint: point(leafKey.publicKey), profile: { kind: 'leaf', dnsName: 'localhost' } },
  });
  return { chain: [leaf.toString('base64')], key: leafKey.privateKey, root };
}
