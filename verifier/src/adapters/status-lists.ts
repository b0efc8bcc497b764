import type { Clock, GuardedFetch } from '@lanyard/platform';
import {
  type DeterminedStatus,
  determineStatus,
  encodeBase64url,
  type StatusReference,
  type VerifiedStatusList,
  type VerifyKey,
  verifyStatusListToken,
} from '@lanyard/protocol';
import { verifyStatusListCwt } from '@lanyard/protocol/mdoc';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { inflateZlib } from '@lanyard/protocol/node-zlib';
import { compressPoint } from '@lanyard/protocol/x509';
import type { IssuerKeys } from '../domain/mirror/mirror-state.js';
import { leafUnder, statusTrustOf, type TrustedIssuer } from '../domain/trust/trusted-issuer.js';
import type { StatusListForm } from '../domain/verifications/prove-student-id.js';

const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 2_000;
const DEFAULT_TTL_SECONDS = 60;
/** A list that says it may be kept for a year is looked at again all the same. */
const MAX_TTL_SECONDS = 3_600;
/** How soon a list that could not be had is asked for again: nobody waits for a dead host twice in a row. */
const FAILED_AGAIN_SECONDS = 5;
const KEPT_LISTS = 200;
const MEDIA_TYPES = { jwt: 'application/statuslist+jwt', cwt: 'application/statuslist+cwt' } as const;

/**
 * Status lists of our own issuer and of those we trust, fetched when needed and kept for their ttl (Token Status List
 * §13.7). Only addresses below the issuer's own URL are fetched, whatever a credential names; those of other issuers
 * through the guard against private addresses. Whatever goes wrong is undetermined, never a verdict.
 */
export function createStatusLists(parts: {
  issuerUrl: string;
  keys: () => IssuerKeys | undefined;
  guardedFetch: GuardedFetch;
  clock: Clock;
}) {
  const { clock } = parts;
  const kept = new Map<string, { list: Promise<VerifiedStatusList>; untilSeconds: number }>();
  const ownHost = new URL(parts.issuerUrl).host;

  async function load(uri: string, issuer: TrustedIssuer, form: StatusListForm): Promise<VerifiedStatusList> {
    const answer = await parts.guardedFetch(uri, {
      headers: { Accept: MEDIA_TYPES[form] },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      // Our own issuer is where the configuration says it is, in a campus network too.
      ...(issuer.kind === 'own' ? { privateHosts: [ownHost, new URL(uri).hostname] } : {}),
    });
    if (answer.status !== 200) throw new Error(`status list: ${answer.status}`);
    const tools = { uri, nowSeconds: clock.nowSeconds(), crypto: nodeCrypto, inflate: inflateZlib };
    // The form goes with the credential's (SD-JWT VC §2.2.2.3, ISO/IEC 18013-5 2nd ed. 12.3.6): the other is not read.
    const list =
      form === 'cwt'
        ? verifyStatusListCwt(answer.body, {
            ...tools,
            findKey: ({ kid, x5chain }) =>
              findKey(kid === undefined ? undefined : encodeBase64url(kid), x5chain, issuer),
          })
        : verifyStatusListToken(answer.body.toString('utf8'), {
            ...tools,
            findKey: ({ header, x5chain }) => findKey(header.kid, x5chain, issuer),
          });
    const entry = kept.get(cacheName(uri, issuer, form));
    const ttlSeconds = Math.min(list.ttlSeconds ?? DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS);
    if (entry !== undefined) entry.untilSeconds = clock.nowSeconds() + ttlSeconds;
    return list;
  }

  function findKey(kid: unknown, chain: readonly Uint8Array[], issuer: TrustedIssuer): VerifyKey | undefined {
    if (issuer.kind === 'own') return parts.keys()?.findStatusKey(kid)?.key;
    // A signer of documents signs no lists.
    const { anchors, usage } = statusTrustOf(issuer);
    const leaf = leafUnder(anchors, chain, clock.nowSeconds(), usage);
    return leaf === undefined ? undefined : nodeCrypto.importVerifyKey(compressPoint(leaf.publicPoint));
  }

  return {
    async findStatus(
      reference: StatusReference,
      issuer: TrustedIssuer,
      form: StatusListForm,
    ): Promise<DeterminedStatus> {
      const list = mayLieAt(reference.uri, issuer) ? listOf(reference.uri, issuer, form) : undefined;
      try {
        const found = await list;
        if (found === undefined) return { status: 'undetermined', code: 'status-list-unavailable' };
        // Kept lists end too.
        if (found.expiresAtSeconds !== undefined && clock.nowSeconds() >= found.expiresAtSeconds)
          return { status: 'undetermined', code: 'status-list-expired' };
        return determineStatus(reference, () => found);
      } catch (error) {
        return determineStatus(reference, () => {
          throw error;
        });
      }
    },
    /** After a change at the issuer, so that it counts at once and not after the ttl. */
    forget: () => kept.clear(),
  };

  /** Below the issuer's own address; an issuer known by a root of ours alone may use any. */
  function mayLieAt(uri: string, issuer: TrustedIssuer): boolean {
    if (!URL.canParse(uri) || new URL(uri).href !== uri || uri.includes('..')) return false;
    if (issuer.kind === 'own') return uri.startsWith(`${parts.issuerUrl}/status-lists/`);
    const { issuerUrl } = statusTrustOf(issuer);
    return issuerUrl === undefined || issuer.kind === 'local' || uri.startsWith(`${issuerUrl}/`);
  }

  function listOf(uri: string, issuer: TrustedIssuer, form: StatusListForm): Promise<VerifiedStatusList> {
    const nowSeconds = clock.nowSeconds();
    const name = cacheName(uri, issuer, form);
    const entry = kept.get(name);
    if (entry !== undefined && entry.untilSeconds > nowSeconds) return entry.list;
    if (kept.size >= KEPT_LISTS) kept.clear();
    const made = { list: load(uri, issuer, form), untilSeconds: nowSeconds + 10 };
    kept.set(name, made);
    made.list.catch(() => {
      made.untilSeconds = issuer.kind === 'own' ? 0 : clock.nowSeconds() + FAILED_AGAIN_SECONDS;
    });
    return made.list;
  }
}
export type StatusLists = ReturnType<typeof createStatusLists>;

/** A list verified under one issuer's anchors says nothing for another. */
const cacheName = (uri: string, issuer: TrustedIssuer, form: StatusListForm) =>
  `${form} ${issuer.kind === 'listed' ? issuer.entry.universityCode : issuer.kind} ${uri}`;
