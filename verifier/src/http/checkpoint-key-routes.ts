import { type Clock, createRoutes, Refusal } from '@lanyard/platform';
import { createCheckpointList } from '@lanyard/protocol/x509';
import type { RequestCertificates } from '../adapters/request-certificates.js';
import type { AgentStore } from '../storage/agent-store.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';

export interface CheckpointKeyDeps {
  checkpoints: CheckpointStore;
  agents: Pick<AgentStore, 'keysByCheckpoint'>;
  certificates: RequestCertificates;
  clock: Clock;
}

const CHECKPOINTS_LISTED = 1_000;
const KEYS_LISTED = 64;
const LIFE_SECONDS = 86_400;
/** A withdrawn gate is off the list within a minute; what phones keep of an older one ends within a day. */
const SIGN_AGAIN_SECONDS = 60;

/** The checkpoints of this university with the keys of their gates, for phones that answer real gates only (NFC-A). */
export function createCheckpointKeyRoutes(deps: CheckpointKeyDeps) {
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  let signed: { text: string; atSeconds: number } | undefined;

  async function sign(nowSeconds: number): Promise<string> {
    const active = deps.certificates.active();
    if (active === undefined) throw new Refusal('request-certificate-missing');
    const keys = await deps.agents.keysByCheckpoint();
    const listed = await deps.checkpoints.list('', CHECKPOINTS_LISTED);
    const checkpoints = listed.map(({ id, number, nameZh, nameEn, policy }) => ({
      ...{ number, nameZh, nameEn },
      keys: policy.checkpoint_authentication ? (keys.get(id) ?? []).slice(0, KEYS_LISTED) : [],
    }));
    const list = { issuedAtSeconds: nowSeconds, expiresSeconds: nowSeconds + LIFE_SECONDS, checkpoints };
    return createCheckpointList(list, { leaf: active.leaf, sign: active.signer.sign });
  }
  route(
    { method: 'get', path: '/v1/checkpoint-keys', callers: ['open'], summary: 'Checkpoints and their keys, signed' },
    async () => {
      const nowSeconds = deps.clock.nowSeconds();
      if (signed === undefined || Math.abs(nowSeconds - signed.atSeconds) >= SIGN_AGAIN_SECONDS)
        signed = { text: await sign(nowSeconds), atSeconds: nowSeconds };
      return { body: signed.text, headers: { 'Content-Type': 'application/jwt', 'Cache-Control': 'max-age=60' } };
    },
  );
  return router;
}
