import { nodeCrypto } from '../../src/crypto/node-crypto.js';
import { assembleCertificate, prepareCertificate } from '../../src/x509/create-certificate.js';
import { fixedKey, noon } from '../fixtures.js';

const root = fixedKey('root');
const leaf = fixedKey('leaf');
const point = (compressed: Uint8Array) =>
  Uint8Array.from([4, ...compressed.subarray(1), ...(nodeCrypto.decompress(compressed) ?? [])]);
const times = { notBeforeSeconds: noon - 60, notAfterSeconds: noon + 600 };
const issuer = { commonName: '示例大学 root' };

function make(plan: Pick<Parameters<typeof prepareCertificate>[0], 'subject' | 'publicPoint' | 'profile'>): Uint8Array {
  const prepared = prepareCertificate(
    { serial: Uint8Array.of(1, 2, 3), issuer, issuerPoint: point(root.compressed), ...times, ...plan },
    nodeCrypto,
  );
  return assembleCertificate(prepared, root.sign(prepared.toBeSigned));
}

/** Good certificates of our profile to start from. */
export const rootCertificates: readonly Uint8Array[] = [
  make({ subject: issuer, publicPoint: point(root.compressed), profile: { kind: 'ca' } }),
  make({
    subject: { commonName: 'a.example', organization: 'E' },
    publicPoint: point(leaf.compressed),
    profile: { kind: 'leaf', dnsName: 'a.example' },
  }),
];
