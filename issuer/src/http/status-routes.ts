import type Router from '@koa/router';
import { type Authenticate, type Clock, createRoutes } from '@lanyard/platform';
import { createStatusBits, createStatusListToken, encodeBase64url, setStatus } from '@lanyard/protocol';
import { createStatusListCwt } from '@lanyard/protocol/mdoc';
import { compressZlib } from '@lanyard/protocol/node-zlib';
import { statusListUri } from '../adapters/credential-signer.js';
import type { PassListSigner } from '../adapters/pass-list-signer.js';
import { createSignedCache, LIST_LIFE_SECONDS } from '../adapters/signed-cache.js';
import { type ActiveSigner, type Signers, x5cHeaderOf } from '../adapters/signers.js';
import type { StatusListState, StatusStore } from '../storage/credentials/status-store.js';

export interface StatusDeps {
  statuses: StatusStore;
  signers: Signers;
  issuerUrl: string;
  clock: Clock;
}

const STATUS_BITS = 2;
const TTL_SECONDS = 60;
const JWT = 'application/statuslist+jwt';
const CWT = 'application/statuslist+cwt';

/**
 * Token Status Lists for standard verifiers (draft-ietf-oauth-status-list §5 and §8): one bitmap, as JWT or CWT by what
 * is accepted, else as the credentials of the list name it. The aggregation (§9) lists all that are alive.
 */
export function addStatusRoutes(router: Router, deps: StatusDeps): void {
  const jwts = createSignedCache<string>();
  const cwts = createSignedCache<Uint8Array>();
  router.get('/status-lists', async (context) => {
    const lists = await deps.statuses.listTokenLists();
    context.set('Cache-Control', `max-age=${TTL_SECONDS}`);
    context.body = { status_lists: lists.map((list) => statusListUri(deps.issuerUrl, list.id)) };
  });
  router.get('/status-lists/:id', async (context) => {
    if (!/^\d{1,15}$/.test(String(context.params['id']))) return;
    const list = await deps.statuses.find(Number(context.params['id']));
    if (list === undefined || list.kind === 'pass') return;
    context.set('Vary', 'Accept');
    const accepted = context.accepts(...(list.kind === 'mdoc' ? [CWT, JWT] : [JWT, CWT]));
    if (accepted === false) {
      context.status = 406;
      return;
    }
    const signer = deps.signers.active('status');
    const now = deps.clock.nowSeconds();
    const token =
      accepted === CWT
        ? await cwts.get(String(list.id), list, signer, now, async () =>
            createStatusListCwt(
              { ...(await contentOf(list, now)), signer: { kid: signer.kid, ...chainOf(signer) } },
              signer.sign,
            ),
          )
        : await jwts.get(String(list.id), list, signer, now, async () =>
            createStatusListToken(
              { ...(await contentOf(list, now)), signer: { kid: signer.kidText, ...x5cHeaderOf(signer) } },
              signer.sign,
            ),
          );
    context.set('Cache-Control', `max-age=${TTL_SECONDS}`);
    const tag = `"${list.id}-${list.version}-${signer.kidText}-${accepted === CWT ? 'c' : 'j'}"`;
    context.set('ETag', tag);
    context.status = 200;
    context.type = String(accepted);
    // Not Koa's own check: clients that ask by hand send no-cache along, and mean this.
    if (hasTag(context.get('If-None-Match'), tag)) context.status = 304;
    else context.body = typeof token === 'string' ? token : Buffer.from(token);
  });

  async function contentOf(list: StatusListState, nowSeconds: number) {
    const bytes = createStatusBits(STATUS_BITS, list.size);
    const entries = await deps.statuses.readEntries(list.id);
    for (const index of entries.revoked) setStatus(bytes, STATUS_BITS, index, 1);
    for (const index of entries.suspended) setStatus(bytes, STATUS_BITS, index, 2);
    return {
      uri: statusListUri(deps.issuerUrl, list.id),
      bits: STATUS_BITS,
      bytes,
      issuedAtSeconds: nowSeconds,
      expiresAtSeconds: nowSeconds + LIST_LIFE_SECONDS,
      ttlSeconds: TTL_SECONDS,
      aggregationUri: `${deps.issuerUrl}/status-lists`,
      compress: compressZlib,
    } as const;
  }
}

const hasTag = (header: string, tag: string) => header.split(',').some((one) => one.trim() === tag);

/** Pass lists that are still alive, for our own verifier. */
export function createStatusServiceRoutes(deps: { authenticate: Authenticate; passLists: PassListSigner }) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/pass-lists', callers: ['service:verifier'], summary: 'Signed pass lists' },
    async () => {
      const lists = await deps.passLists.lists(new Map());
      return {
        body: {
          lists: lists.map(({ list, cose }) => ({ list: list.id, version: list.version, cose: encodeBase64url(cose) })),
        },
      };
    },
  );
  return router;
}

/** HAIP 1.0 §6.1.1: a list token carries its signer's certificate, once there is one. */
function chainOf({ certificates }: ActiveSigner): { x5chain?: readonly Uint8Array[] } {
  return certificates.length === 0 ? {} : { x5chain: certificates };
}
