import { createPrivateKey } from 'node:crypto';
import type { Clock, SealedStore } from '@lanyard/platform';
import { createSigner, generateKeyPair, keyPairOf, nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  assembleCertificate,
  type CertificatePlan,
  compressPoint,
  pointOfJwk,
  prepareCertificate,
} from '@lanyard/protocol/x509';
import type { CertificateStore } from '../storage/certificates/certificate-store.js';

const KEY_NAME = 'reader-authority-key';
const ROOT_NAME = 'reader-authority-root';
const DAY_SECONDS = 86_400;
const ROOT_SECONDS = 3_652 * DAY_SECONDS;
const LEAF_SECONDS = 365 * DAY_SECONDS;
/** Clocks of wallets may be a little behind. */
const BACKDATED_SECONDS = 300;

/** Certifies keys of this installation's verifier under a root that wallets pin (docs/formats.md, online presentation). */
export interface ReaderAuthority {
  /** DER of the self-signed root. */
  readonly root: Uint8Array;
  /** A leaf for one year, DER; `publicPoint` is an uncompressed point whose owner proved to have the private half. */
  issue(request: { publicPoint: Uint8Array; dnsName: string; caller: string }): Promise<Uint8Array>;
}

/** Opens the authority: its key lies sealed in the store, the root is made once and kept beside it. */
export async function openReaderAuthority(parts: {
  store: SealedStore;
  certificates: CertificateStore;
  universityName: string;
  clock: Clock;
}): Promise<ReaderAuthority> {
  const { store, certificates, universityName, clock } = parts;
  const pair = openKey(store);
  const sign = createSigner(pair.privateKey);
  const issuerPoint = pointOfJwk(pair.jwk);
  const issuer = { commonName: universityName };

  /** Written down, then signed. */
  async function certify(
    what: Pick<CertificatePlan, 'subject' | 'publicPoint' | 'profile'>,
    caller: string,
    lifeSeconds: number,
  ): Promise<Uint8Array> {
    const { publicPoint, profile } = what;
    const nowSeconds = clock.nowSeconds();
    const validity = { notBeforeSeconds: nowSeconds - BACKDATED_SECONDS, notAfterSeconds: nowSeconds + lifeSeconds };
    const serial = await certificates.record({
      use: profile.kind === 'ca' ? 'reader-root' : 'request',
      caller,
      publicKey: compressPoint(publicPoint),
      dnsName: profile.kind === 'ca' ? null : (profile.dnsName ?? null),
      ...validity,
    });
    const prepared = prepareCertificate({ ...what, ...validity, serial, issuer, issuerPoint }, nodeCrypto);
    return assembleCertificate(prepared, sign(prepared.toBeSigned));
  }

  async function makeRoot(): Promise<Uint8Array> {
    const what = { subject: issuer, publicPoint: issuerPoint, profile: { kind: 'ca' } } as const;
    const der = await certify(what, 'issuer', ROOT_SECONDS);
    store.write(ROOT_NAME, der);
    return der;
  }

  const root = store.read(ROOT_NAME) ?? (await makeRoot());
  return {
    root: new Uint8Array(root),
    issue: ({ publicPoint, dnsName, caller }) =>
      certify(
        {
          publicPoint,
          subject: { commonName: dnsName, organization: universityName },
          profile: { kind: 'leaf', dnsName },
        },
        caller,
        LEAF_SECONDS,
      ),
  };
}

function openKey(store: SealedStore) {
  const pem = store.read(KEY_NAME);
  if (pem !== undefined) return keyPairOf(createPrivateKey(pem));
  const pair = generateKeyPair();
  store.write(KEY_NAME, Buffer.from(String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))));
  return pair;
}
