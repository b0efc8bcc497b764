import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { createTlsRequest, readPkcs12, type SealedStore, type SendRequest } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { createCertificateRequest, pointOfJwk } from '@lanyard/protocol/x509';
import { z } from 'zod';

/** Client certificate of this machine, and how the verifier is reached with it. */
export interface TlsLine {
  /** Undefined without a certificate: then the plain address is called. */
  readonly current: { readonly send: SendRequest; readonly baseUrl: string; readonly toMs: number } | undefined;
  /** A request for a certificate of a key made for it; the key waits in memory for {@link TlsLine.keep}. */
  request(): string;
  /** Keeps what the verifier signed for the last request, sealed, and calls with it from now on. @throws where it is another's */
  keep(answer: unknown): void;
  close(): void;
}

/** What the verifier answers, docs/services.md. */
export const zTlsAnswer = z.object({
  certificate: z.base64(),
  authority: z.base64(),
  tls_port: z.number().int().min(1).max(65_535),
});
/** Part of the answer to an enrolment; missing from a verifier that knows no certificates. */
export const zTlsOfEnrolment = z.object({ tls: zTlsAnswer.nullish() });
const zKept = zTlsAnswer.extend({ private_key: z.string() });
type Kept = z.output<typeof zKept>;

const FILE = 'tls-identity';

export interface TlsOptions {
  readonly verifierUrl: string;
  /** Where the agents' listener is, if not on the verifier's host. */
  readonly tlsUrl: string;
  /** Path of a PKCS#12 bundle and of the file with its passphrase; empty for none. */
  readonly bundle: string;
  readonly passphraseFile: string;
  /** PEM file of a CA the listener's certificate may come from, beside the fleet's own. */
  readonly authorityFile: string;
}

/** Opens the certificate that lasts longer of the two: the one of our own, and the bundle's. @throws Pkcs12Error */
export async function openTlsLine(store: SealedStore, options: TlsOptions): Promise<TlsLine> {
  const text = store.read(FILE);
  const kept = text === undefined ? undefined : zKept.parse(JSON.parse(text.toString('utf8')));
  const bundle = options.bundle === '' ? undefined : await readBundle(options);
  let line = [kept, bundle]
    .flatMap((one) => (one === undefined ? [] : [connect(one, options)]))
    .sort((a, b) => b.toMs - a.toMs)[0];
  let pending: ReturnType<typeof generateKeyPair> | undefined;
  return {
    get current() {
      return line;
    },
    request() {
      pending = generateKeyPair();
      const request = createCertificateRequest(pointOfJwk(pending.jwk), createSigner(pending.privateKey));
      return Buffer.from(request).toString('base64url');
    },
    keep(answer) {
      const parsed = zTlsAnswer.parse(answer);
      if (pending === undefined) throw new TypeError('nothing was requested');
      const next = { ...parsed, private_key: String(pending.privateKey.export({ type: 'pkcs8', format: 'pem' })) };
      const connected = connect(next, options);
      store.write(FILE, Buffer.from(JSON.stringify(next)));
      pending = undefined;
      line?.agent.destroy();
      line = connected;
    },
    close: () => line?.agent.destroy(),
  };
}

/** @throws TypeError where key and certificate do not belong together, or another CA signed */
function connect(kept: Kept, options: TlsOptions) {
  const certificate = new X509Certificate(Buffer.from(kept.certificate, 'base64'));
  const authority = new X509Certificate(Buffer.from(kept.authority, 'base64'));
  const fits =
    certificate.checkPrivateKey(createPrivateKey(kept.private_key)) && certificate.verify(authority.publicKey);
  if (!fits) throw new TypeError('the client certificate is not for this key');
  // The fleet's CA is pinned: no other authority of this machine can put itself between.
  const more = options.authorityFile === '' ? [] : [readFileSync(options.authorityFile, 'utf8')];
  const agent = new Agent({
    ...{ key: kept.private_key, cert: certificate.toString(), ca: [authority.toString(), ...more] },
    ...{ keepAlive: true, minVersion: 'TLSv1.2' },
  });
  const { hostname } = new URL(options.verifierUrl);
  const baseUrl = options.tlsUrl === '' ? `https://${hostname}:${kept.tls_port}` : options.tlsUrl;
  return { agent, send: createTlsRequest(agent), baseUrl, toMs: Date.parse(certificate.validTo) };
}

async function readBundle(options: TlsOptions): Promise<Kept> {
  const passphrase = options.passphraseFile === '' ? '' : readFileSync(options.passphraseFile, 'utf8').trim();
  const { privateKey, certificate, authority } = await readPkcs12(readFileSync(options.bundle), passphrase);
  const { port } = new URL(options.tlsUrl);
  return {
    private_key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    certificate: Buffer.from(certificate).toString('base64'),
    authority: Buffer.from(authority).toString('base64'),
    tls_port: port === '' ? 443 : Number(port),
  };
}
