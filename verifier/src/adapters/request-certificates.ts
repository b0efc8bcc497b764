import type { Clock, Logger } from '@lanyard/platform';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { compressPoint, createCertificateRequest, dnsNamesOf, verifyCertificateChain } from '@lanyard/protocol/x509';
import type { RequestCertificateStore, StoredCertificate } from '../storage/request-certificate-store.js';
import type { IssuerClient } from './issuer-client.js';
import type { ActiveSigner, Signers } from './signers.js';

/** A signer of request objects with the certificate that speaks for it. */
export interface RequestSigner {
  signer: ActiveSigner;
  leaf: Buffer;
  root: Buffer;
}

export interface RequestCertificates {
  /** Undefined until the issuer has certified the key. */
  active(): RequestSigner | undefined;
  /** Asks the issuer where a certificate is missing, ends within 30 days, or names another host. */
  renew(): Promise<void>;
}

const RENEW_BEFORE_MS = 30 * 86_400_000;

/** Certificates for our request signer from the issuer's authority, kept in the database over a restart. */
export async function openRequestCertificates(parts: {
  signers: Signers;
  client: IssuerClient;
  store: RequestCertificateStore;
  host: string;
  clock: Clock;
  log: Logger;
}): Promise<RequestCertificates> {
  const { signers, client, store, host, clock, log } = parts;
  const kept = new Map<string, StoredCertificate>();
  for (const stored of await store.list()) {
    const fits = namesHost(stored, host, clock.nowSeconds());
    if (fits) kept.set(stored.signerKid.toString('hex'), stored);
  }
  let asking: Promise<void> | undefined;
  const find = (signer: ActiveSigner) => kept.get(Buffer.from(signer.kid).toString('hex'));

  async function ask(signer: ActiveSigner): Promise<void> {
    const csr = createCertificateRequest(pointOf(signer.key), signer.sign);
    const { leaf, root } = await client.requestCertificate(csr);
    const atSeconds = clock.nowSeconds();
    const certificate = verifyCertificateChain({
      ...{ leaf, chain: [], anchors: [root], atSeconds, usage: {}, crypto: nodeCrypto },
    });
    // What the issuer certified must be ours, or wallets would refuse every request.
    if (!Buffer.from(compressPoint(certificate.publicPoint)).equals(signer.key))
      throw new Error('the certificate is for another key');
    if (!dnsNamesOf(certificate).includes(host)) throw new Error(`the certificate does not name ${host}`);
    const stored = { signerKid: Buffer.from(signer.kid), leaf, root, toMs: certificate.notAfterSeconds * 1000 };
    await store.put(stored);
    kept.set(stored.signerKid.toString('hex'), stored);
    log.info('request-certificate.renewed', { to: new Date(stored.toMs).toISOString() });
  }

  return {
    active() {
      const signer = signers.active('request');
      const certificate = find(signer);
      if (certificate === undefined || certificate.toMs <= clock.nowMs()) return undefined;
      return { signer, leaf: certificate.leaf, root: certificate.root };
    },
    renew() {
      const signer = signers.active('request');
      const certificate = find(signer);
      if (certificate !== undefined && certificate.toMs - clock.nowMs() > RENEW_BEFORE_MS) return Promise.resolve();
      asking ??= ask(signer).finally(() => {
        asking = undefined;
      });
      return asking;
    },
  };
}

function namesHost({ leaf, root }: StoredCertificate, host: string, atSeconds: number): boolean {
  try {
    const input = { leaf, chain: [], anchors: [root], atSeconds, usage: {}, crypto: nodeCrypto };
    return dnsNamesOf(verifyCertificateChain(input)).includes(host);
  } catch {
    return false; // a new one is asked for
  }
}

function pointOf(compressed: Uint8Array): Uint8Array {
  const y = nodeCrypto.decompress(compressed);
  if (y === undefined) throw new TypeError('a signer has a key on P-256');
  return new Uint8Array(Buffer.concat([Buffer.of(4), compressed.subarray(1), y]));
}
