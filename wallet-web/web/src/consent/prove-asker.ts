import {
  type AuthorizationRequestLink,
  decodeBase64,
  TRANSACTION_TYPES,
  type VerifiedRequest,
  verifyAuthorizationRequest,
} from '@lanyard/protocol';
import { webHashes } from '@lanyard/protocol/web-crypto';
import {
  type CertificateChainInput,
  certificateHasClientId,
  parseCertificate,
  type VerifiedCertificate,
  verifyCertificateChainAsync,
  webVerifyEs256,
  X509Error,
} from '@lanyard/protocol/x509';
import type { WalletContext } from '../app/page.js';
import { refreshReaderAnchors } from '../issuer/reader-anchors.js';

type VerifyChain = typeof verifyCertificateChainAsync;

/** A request and whether a root that our issuer stands for certified who sent it. */
export interface ProvedRequest {
  readonly request: VerifiedRequest;
  readonly known: boolean;
}

/**
 * Proves who sent a request: with the kept roots first, then with what our issuer says now. Whom no root knows is an
 * unknown asker: the signature is that of the certificate, the certificate fits the client and the answer goes to that
 * host and nowhere else, and nothing more is known.
 * @throws X509Error, RequestRefusal, AuthorizationRequestError, DcqlQueryError, JwsError
 */
export async function proveAsker(
  wallet: WalletContext,
  link: AuthorizationRequestLink,
  jwt: string,
  walletNonce: string | undefined,
): Promise<ProvedRequest> {
  const { clock } = wallet;
  return withAnchors(wallet, (anchors, verifyChain) =>
    verifyAuthorizationRequest({
      ...{ jwt, clientId: link.clientId, requestUri: link.requestUri, anchors },
      ...(walletNonce === undefined ? {} : { walletNonce }),
      transactionTypes: TRANSACTION_TYPES,
      atSeconds: clock.nowSeconds(),
      sha256: webHashes.sha256,
      verifyEs256: webVerifyEs256,
      certificates: { verifyCertificateChainAsync: verifyChain, certificateHasClientId },
    }),
  ).then(({ value, known }) => ({ request: value, known }));
}

/** Tries the kept roots, the fresh ones, then none. */
export async function withAnchors<T>(
  { db, clock, config }: WalletContext,
  verify: (anchors: readonly Uint8Array[], verifyChain: VerifyChain) => Promise<T>,
): Promise<{ value: T; known: boolean }> {
  const { anchors } = await db.read('anchors');
  const tries: (() => Promise<readonly string[] | undefined>)[] = [
    async () => anchors?.reader ?? [],
    async () => (await refreshReaderAnchors(db, config.issuer, clock).catch(() => undefined))?.reader,
  ];
  for (const rootsOf of tries) {
    const roots = await rootsOf();
    if (roots === undefined) continue;
    try {
      return { value: await verify(roots.map(decodeBase64), verifyCertificateChainAsync), known: true };
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  return { value: await verify([], unprovedCertificate), known: false };
}

const isUnknown = (error: unknown) => error instanceof X509Error && error.code === 'anchor-unknown';

/**
 * In the place of a chain where there is none to prove: form and time of the leaf alone. What is named in it proves
 * nothing, so the caller shows the host and no name.
 */
const unprovedCertificate: VerifyChain = async ({ leaf, atSeconds }: CertificateChainInput) => {
  const certificate = parseCertificate(leaf);
  if (certificate.isCa) throw new X509Error('leaf-is-a-ca', 'a CA does not sign documents');
  if (atSeconds < certificate.notBeforeSeconds)
    throw new X509Error('certificate-not-yet-valid', 'notBefore lies ahead');
  if (atSeconds > certificate.notAfterSeconds) throw new X509Error('certificate-expired', 'notAfter has passed');
  return certificate as VerifiedCertificate;
};
