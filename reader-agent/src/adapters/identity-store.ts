import { createPrivateKey } from 'node:crypto';
import type { SealedStore } from '@lanyard/platform';
import type { PinnedSigners, Sign, SignerKey } from '@lanyard/protocol';
import { createSigner, generateKeyPair, keyPairOf, type P256PublicJwk } from '@lanyard/protocol/node-crypto';
import { z } from 'zod';

const zSigner = z.object({
  kid: z.string().transform((text) => new Uint8Array(Buffer.from(text, 'base64url'))),
  key: z.string().transform((text) => new Uint8Array(Buffer.from(text, 'base64url'))),
});

/** What the verifier answers to an enrolment, and what stands in the sealed file `identity`. */
export const zEnrolment = z.object({
  agent_id: z.string().min(1).max(100),
  checkpoint_id: z.string().min(1).max(100),
  checkpoint_number: z.string(),
  university_code: z.string().regex(/^\d{10}$/),
  checkpoint_signers: z.array(zSigner).min(1),
  people_signers: z.array(zSigner).min(1),
});

export interface AgentIdentity {
  readonly agentId: string;
  readonly checkpointId: string;
  readonly pinned: PinnedSigners;
}

export interface ClientKey {
  readonly sign: Sign;
  readonly jwk: P256PublicJwk;
  /** The public half, 33 bytes: peers of the zone know it from their packages. */
  readonly compressed: Uint8Array;
}

const keyFile = 'client-key';
const identityFile = 'identity';

/** The agent's client key; made, sealed and durable on the first start. */
export function openClientKey(store: SealedStore): ClientKey {
  const kept = store.read(keyFile);
  const pair = kept === undefined ? generateKeyPair() : keyPairOf(createPrivateKey(kept.toString('utf8')));
  if (kept === undefined) {
    store.write(keyFile, Buffer.from(pair.privateKey.export({ format: 'pem', type: 'pkcs8' })));
  }
  return { sign: createSigner(pair.privateKey), jwk: pair.jwk, compressed: pair.compressed };
}

/** The identity of an enrolled agent; undefined before enrolment. */
export function readIdentity(store: SealedStore): AgentIdentity | undefined {
  const kept = store.read(identityFile);
  return kept === undefined ? undefined : identityOf(zEnrolment.parse(JSON.parse(kept.toString('utf8'))));
}

/** Keeps an enrolment's answer for good: sealed, and durable before it returns. */
export function keepIdentity(store: SealedStore, answer: unknown): AgentIdentity {
  const identity = identityOf(zEnrolment.parse(answer));
  store.write(identityFile, Buffer.from(JSON.stringify(answer)));
  return identity;
}

function identityOf(enrolment: z.output<typeof zEnrolment>): AgentIdentity {
  const signers = (list: readonly SignerKey[]) => list.map(({ kid, key }) => ({ kid, key }));
  return {
    agentId: enrolment.agent_id,
    checkpointId: enrolment.checkpoint_id,
    pinned: { people: signers(enrolment.people_signers), checkpoint: signers(enrolment.checkpoint_signers) },
  };
}
