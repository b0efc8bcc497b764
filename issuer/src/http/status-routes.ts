import type Router from '@koa/router';
import { type Authenticate, type Clock, createRoutes } from '@lanyard/platform';
import { createPassList, createStatusBits, createStatusListToken, encodeBase64url, setStatus } from '@lanyard/protocol';
import { compressZlib } from '@lanyard/protocol/node-zlib';
import { statusListUri } from '../adapters/credential-signer.js';
import type { ActiveSigner, Signers } from '../adapters/signers.js';
import type { StatusListState, StatusStore } from '../storage/credentials/status-store.js';

export interface StatusDeps {
  statuses: StatusStore;
  signers: Signers;
  issuerUrl: string;
  universityCode: string;
  clock: Clock;
  authenticate: Authenticate;
}

const STATUS_BITS = 2;
const TTL_SECONDS = 60;
const LIFE_SECONDS = 24 * 3600;
/** A signed list is handed out again while it has this much of its life left and nothing changed. */
export const SIGN_AGAIN_SECONDS = 12 * 3600;

/** Token Status Lists for standard verifiers (draft-ietf-oauth-status-list §5.1) and pass lists for checkpoints. */
export function addStatusRoutes(router: Router, deps: StatusDeps): void {
  const signed = createSignedCache<string>();
  router.get('/status-lists/:id', async (context) => {
    if (!/^\d{1,15}$/.test(String(context.params['id']))) return;
    const list = await deps.statuses.find(Number(context.params['id']));
    if (list === undefined || list.kind !== 'sd-jwt') return;
    const now = deps.clock.nowSeconds();
    const signer = deps.signers.active('status');
    const token = await signed.get(list, signer, now, async () => {
      const bytes = createStatusBits(STATUS_BITS, list.size);
      const entries = await deps.statuses.readEntries(list.id);
      for (const index of entries.revoked) setStatus(bytes, STATUS_BITS, index, 1);
      for (const index of entries.suspended) setStatus(bytes, STATUS_BITS, index, 2);
      return createStatusListToken(
        {
          uri: statusListUri(deps.issuerUrl, list.id),
          bits: STATUS_BITS,
          bytes,
          issuedAtSeconds: now,
          expiresAtSeconds: now + LIFE_SECONDS,
          ttlSeconds: TTL_SECONDS,
          signer: { kid: signer.kidText, ...certificateHeader(signer) },
          compress: compressZlib,
        },
        signer.sign,
      );
    });
    context.set('Cache-Control', `max-age=${TTL_SECONDS}`);
    context.set('ETag', `"${list.id}-${list.version}-${signer.kidText}"`);
    context.status = 200;
    context.type = 'application/statuslist+jwt';
    if (context.fresh) context.status = 304;
    else context.body = token;
  });
}

/** Pass lists that are still alive, each signed anew when it changed. */
export function createStatusServiceRoutes(deps: StatusDeps) {
  const signed = createSignedCache<string>();
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/pass-lists', callers: ['service:verifier'], summary: 'Signed pass lists' },
    async () => {
      const now = deps.clock.nowSeconds();
      const lists = [];
      for (const list of await deps.statuses.listPassLists()) {
        const signer = deps.signers.active('status');
        const cose = await signed.get(list, signer, now, async () => {
          const { kid, sign } = signer;
          const entries = await deps.statuses.readEntries(list.id);
          return encodeBase64url(
            createPassList(
              {
                universityCode: deps.universityCode,
                listNumber: list.id,
                sequence: list.version,
                issuedAtSeconds: now,
                nextUpdateSeconds: now + LIFE_SECONDS,
                expiresSeconds: list.expiresAtSeconds,
                size: list.size,
                ...entries,
              },
              { kid, sign },
            ),
          );
        });
        lists.push({ list: list.id, version: list.version, cose });
      }
      return { body: { lists } };
    },
  );
  return router;
}

/** HAIP 1.0 §6.1.1: a list token carries its signer's certificate, once there is one. */
function certificateHeader({ certificates }: ActiveSigner): { x5c?: string[] } {
  return certificates.length === 0 ? {} : { x5c: certificates.map((der) => Buffer.from(der).toString('base64')) };
}

function createSignedCache<T>() {
  const kept = new Map<number, { version: number; signer: ActiveSigner; untilSeconds: number; value: T }>();
  return {
    async get(list: StatusListState, signer: ActiveSigner, nowSeconds: number, make: () => Promise<T>): Promise<T> {
      const known = kept.get(list.id);
      // What a signer signed that was retired meanwhile helps nobody.
      const same = known !== undefined && known.version === list.version && known.signer === signer;
      if (same && known.untilSeconds > nowSeconds) return known.value;
      const value = await make();
      const untilSeconds = nowSeconds + LIFE_SECONDS - SIGN_AGAIN_SECONDS;
      kept.set(list.id, { version: list.version, signer, untilSeconds, value });
      return value;
    },
  };
}
