import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { verifyCertificateRequest, X509Error } from '@lanyard/protocol/x509';
import { z } from 'zod';
import type { ReaderAuthority } from '../adapters/reader-authority.js';

export interface CertificateDeps {
  authenticate: Authenticate;
  authority: ReaderAuthority;
  /** Roots that certify document and status signers; none before the first `keys init`. */
  readRoots: () => readonly Uint8Array[];
  /** Roots of other universities' readers, by the trust list. */
  foreignReaders: () => readonly Uint8Array[];
  /** Host of the verifier's public URL; the one name this authority certifies. */
  verifierHost: string | undefined;
}

const MAX_AGE_SECONDS = 300;
const zRequest = z.strictObject({ csr: z.base64().max(1_024), use: z.literal('request') });

/** Certificates for the verifier's requests, and the root wallets check them against. */
export function createCertificateRoutes(deps: CertificateDeps) {
  const { authenticate, authority, readRoots, verifierHost } = deps;
  const { router, route } = createRoutes(authenticate);
  route(
    {
      method: 'post',
      path: '/v1/certificates',
      callers: ['service:verifier'],
      body: zRequest,
      summary: 'A certificate for a key that signs requests; the name in it is ours to choose',
    },
    async ({ body, caller }) => {
      if (verifierHost === undefined) throw new Refusal('certificate-name-missing');
      const publicPoint = keyOf(Buffer.from(body.csr, 'base64'));
      const leaf = await authority.issue({ publicPoint, dnsName: verifierHost, caller: actorOf(caller) });
      return { status: 201, body: { certificates: [leaf, authority.root].map(base64) } };
    },
  );
  route({ method: 'get', path: '/v1/anchors', callers: ['open'], summary: 'Roots by what they certify' }, () => ({
    body: { reader: [authority.root, ...deps.foreignReaders()].map(base64), issuer: readRoots().map(base64) },
    headers: { 'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}` },
  }));
  return router;
}

/** @throws Refusal `certificate-request-invalid` */
function keyOf(csr: Uint8Array): Uint8Array {
  try {
    return verifyCertificateRequest(csr, nodeCrypto);
  } catch (cause) {
    if (cause instanceof X509Error) throw new Refusal('certificate-request-invalid', { detail: cause.code, cause });
    throw cause;
  }
}

function base64(der: Uint8Array): string {
  return Buffer.from(der).toString('base64');
}
