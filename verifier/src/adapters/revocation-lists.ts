import { type Clock, type GuardedFetch, GuardedFetchError } from '@lanyard/platform';
import { encodeBase64url, equalBytes } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { type VerifiedCertificate, verifyCertificateList, X509Error } from '@lanyard/protocol/x509';
import { type ForeignIssuer, statusTrustOf } from '../domain/trust/trusted-issuer.js';

const TIMEOUT_MS = 2_000;
const MAX_BYTES = 262_144;
/** A list that is good for months is looked at again all the same. */
const KEPT_SECONDS = 3_600;
/** How soon a list that could not be had is asked for again. */
const FAILED_AGAIN_SECONDS = 60;
const KEPT_LISTS = 200;

type RevocationList = ReturnType<typeof verifyCertificateList>;

interface Looked {
  list: RevocationList | undefined;
  untilSeconds: number;
}

/**
 * Certificates that their CA has taken back (RFC 5280 §5), for signers of other universities. The list is fetched from
 * where the certificate names it, kept for an hour, and never replaced by an older one. A list that cannot be had says
 * nothing: what the last one had taken back stays taken back, everything else counts as before.
 */
export function createRevocationLists(parts: { guardedFetch: GuardedFetch; clock: Clock }) {
  const { clock } = parts;
  const kept = new Map<string, Promise<Looked>>();

  async function fetchList(uri: string, { certifiedBy }: VerifiedCertificate): Promise<RevocationList | undefined> {
    try {
      const { status, body } = await parts.guardedFetch(uri, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
      const tools = { crypto: nodeCrypto, atSeconds: clock.nowSeconds() };
      return status === 200 ? verifyCertificateList(new Uint8Array(body), certifiedBy, tools) : undefined;
    } catch (error) {
      if (error instanceof X509Error || error instanceof GuardedFetchError) return undefined;
      throw error;
    }
  }

  async function look(uri: string, certificate: VerifiedCertificate, before?: RevocationList): Promise<Looked> {
    const list = await fetchList(uri, certificate);
    if (list === undefined || (before !== undefined && list.number < before.number))
      return { list: before, untilSeconds: clock.nowSeconds() + FAILED_AGAIN_SECONDS };
    return { list, untilSeconds: clock.nowSeconds() + KEPT_SECONDS };
  }

  async function listOf(uri: string, certificate: VerifiedCertificate): Promise<RevocationList | undefined> {
    // Two CAs that name one address each have a list of their own.
    const name = `${encodeBase64url(nodeCrypto.sha256(certificate.certifiedBy.der))} ${uri}`;
    const last = kept.get(name);
    const looked = await last;
    if (looked !== undefined && clock.nowSeconds() < looked.untilSeconds) return looked.list;
    if (kept.size >= KEPT_LISTS) kept.clear();
    // Whoever came first while all waited asks for all.
    if (kept.get(name) === last) kept.set(name, look(uri, certificate, looked?.list));
    return (await kept.get(name))?.list;
  }

  return {
    async isRevoked(certificate: VerifiedCertificate, issuer: ForeignIssuer): Promise<boolean> {
      const { issuerUrl } = statusTrustOf(issuer);
      const uri = certificate.revocationListUris.find(
        (one) => issuer.kind === 'local' || issuerUrl === undefined || one.startsWith(`${issuerUrl}/`),
      );
      if (uri === undefined) return false;
      const list = await listOf(uri, certificate);
      return list?.serials.some((serial) => equalBytes(serial, certificate.serial)) === true;
    },
  };
}
