import { createServiceClient, type ServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { entryHash } from '../../../src/domain/passages/check-journal.js';
import type { PassageEntry } from '../../../src/domain/passages/passage-entry.js';
import { agentReportBody } from './agent-report.js';

export interface Received {
  sequence: number;
  envelope: Uint8Array;
  /** Of `performance.now()`, when the last byte was there. */
  atMs: number;
}

/** An agent as the verifier sees one: a real key, real tokens, real HTTP; packages are kept and looked at later. */
export interface SimulatedAgent {
  readonly id: string;
  readonly checkpointId: string;
  readonly signers: { people: Signer[]; checkpoint: Signer[] };
  readonly received: Received[];
  readonly faults: string[];
  readonly journal: PassageEntry[];
  acceptedUpTo: number;
  /** Long-polls its package until `signal` ends it. */
  follow(signal: AbortSignal): Promise<void>;
  report(): Promise<void>;
  /** Adds entries and uploads them, each batch twice, as after a lost answer. */
  pass(count: number): Promise<void>;
}
interface Signer {
  kid: string;
  key: string;
}

const START = Buffer.alloc(32).toString('base64url');

export async function enrolSimulated(
  url: string,
  operatorToken: string,
  checkpointId: string,
): Promise<SimulatedAgent> {
  const opened = await fetch(`${url}/v1/checkpoints/${checkpointId}/enrolments`, {
    ...{ method: 'POST', headers: { Authorization: `Bearer ${operatorToken}` } },
  });
  const { code } = (await opened.json()) as { code: string };
  const key = generateKeyPair();
  const answer = await fetch(`${url}/v1/agent-enrolments`, {
    ...{ method: 'POST', headers: { 'Content-Type': 'application/json' } },
    body: JSON.stringify({ code, public_jwk: key.jwk }),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
  const enrolled = (await answer.json()) as {
    agent_id: string;
    checkpoint_signers: Signer[];
    people_signers: Signer[];
  };
  const client: ServiceClient = createServiceClient({
    ...{ baseUrl: url, audience: 'verifier', caller: enrolled.agent_id },
    ...{ sign: createSigner(key.privateKey), clock: systemClock },
  });
  let have = 0;
  const agent: SimulatedAgent = {
    ...{ id: enrolled.agent_id, checkpointId, received: [], faults: [], journal: [], acceptedUpTo: 0 },
    signers: { people: enrolled.people_signers, checkpoint: enrolled.checkpoint_signers },
    async follow(signal) {
      const path = `/v1/checkpoints/${checkpointId}/package`;
      while (!signal.aborted) {
        try {
          const response = await client.raw(`${path}?have=${have}&wait=25`, { signal, timeoutMs: 90_000 });
          if (response.status === 304) continue;
          const envelope = new Uint8Array(await response.arrayBuffer());
          have = Number(response.headers.get('Lanyard-Sequence'));
          agent.received.push({ sequence: have, envelope, atMs: performance.now() });
        } catch (error) {
          if (signal.aborted) return;
          agent.faults.push(String(error));
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
      }
    },
    async report() {
      const last = agent.received.at(-1);
      const body = { ...agentReportBody, package: { ...agentReportBody.package, sequence: last?.sequence ?? null } };
      await client.raw('/v1/agent-reports', { method: 'POST', body, timeoutMs: 60_000 });
    },
    async pass(count) {
      const first = agent.journal.length;
      for (let n = 0; n < count; n += 1) {
        const previous = agent.journal.at(-1);
        const body = {
          ...{ sequence: agent.journal.length + 1, at: systemClock.nowSeconds(), verdict: 'accepted' as const },
          ...{ reason: null, scheme: 'gate-code' as const, row: n, marks: [], previous: previous?.hash ?? START },
        };
        agent.journal.push({ ...body, hash: entryHash(body) });
      }
      const entries = agent.journal.slice(first);
      for (let time = 0; time < 2; time += 1) {
        const answer = await client.json<{ accepted_up_to: number }>('/v1/passages', {
          ...{ method: 'POST', body: { entries }, timeoutMs: 60_000 },
        });
        agent.acceptedUpTo = answer.accepted_up_to;
      }
    },
  };
  return agent;
}
