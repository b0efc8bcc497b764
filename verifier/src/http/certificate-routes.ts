import { randomBytes } from 'node:crypto';
import { type Authenticate, actorOf, type Clock, createPkcs12, createRoutes, Refusal } from '@lanyard/platform';
import { generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { pointOfJwk, verifyCertificateRequest, X509Error } from '@lanyard/protocol/x509';
import { z } from 'zod';
import type { FleetAuthority } from '../adapters/fleet-authority.js';
import type { CertificateStore } from '../storage/certificate-store.js';

export interface CertificateDeps {
  authenticate: Authenticate;
  authority: FleetAuthority;
  certificates: CertificateStore;
  /** Port of the agents' listener; undefined where there is none. */
  tlsPort: number | undefined;
  clock: Clock;
}

/** A request for a certificate (PKCS#10), base64url; ours has some 250 bytes. */
export const zCertificateRequest = z.string().regex(/^[A-Za-z0-9_-]{100,1000}$/);
const zAgentId = z.object({ id: z.string().regex(/^[a-z0-9-]{1,64}$/) });
/** 144 bits: nobody has to type it. */
const PASSPHRASE_BYTES = 18;

/** What an agent gets to speak TLS with; `tls_port` is where. */
export interface CertificateAnswer {
  certificate: string;
  authority: string;
  tls_port: number;
  not_after: string;
}

/** Certifies a key whose owner proved it. @throws Refusal `certificate-request-invalid`, `mutual-tls-off`, `agent-withdrawn` */
export async function certifyAgent(
  deps: Pick<CertificateDeps, 'authority' | 'certificates' | 'tlsPort'>,
  agent: { id: string; actor: string },
  request: string,
): Promise<CertificateAnswer> {
  if (deps.tlsPort === undefined) throw new Refusal('mutual-tls-off');
  const plan = deps.authority.plan(provenPoint(request));
  await deps.certificates.record(plan, { agentId: agent.id, kind: 'own', actor: agent.actor });
  return {
    certificate: base64(deps.authority.sign(agent.id, plan)),
    authority: base64(deps.authority.certificate),
    tls_port: deps.tlsPort,
    not_after: new Date(plan.toSeconds * 1000).toISOString(),
  };
}

/** Certificates of agents: renewed by themselves, or given out once as a bundle. */
export function createCertificateRoutes(deps: CertificateDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/agents/:id/certificate',
      callers: ['agent'],
      params: zAgentId,
      body: z.strictObject({ request: zCertificateRequest }),
      maxBodyBytes: 4_096,
      summary: 'A client certificate for a key the agent has made',
    },
    async ({ params, body, caller }) => {
      if (caller.kind !== 'agent' || caller.id !== params.id) throw new Refusal('other-agent');
      const answer = await certifyAgent(deps, { id: params.id, actor: actorOf(caller) }, body.request);
      return { status: 201, headers: { 'Cache-Control': 'no-store' }, body: answer };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/agents/:id/bundle',
      callers: ['operator', 'service:admin'],
      params: zAgentId,
      summary: 'Key and certificate of an agent as PKCS#12, with its passphrase, this once',
    },
    async ({ params, caller }) => {
      if (deps.tlsPort === undefined) throw new Refusal('mutual-tls-off');
      const pair = generateKeyPair();
      const plan = deps.authority.plan(pointOfJwk(pair.jwk));
      await deps.certificates.record(plan, { agentId: params.id, kind: 'bundle', actor: actorOf(caller) });
      const passphrase = randomBytes(PASSPHRASE_BYTES).toString('base64url');
      const bundle = await createPkcs12(
        {
          privateKey: pair.privateKey,
          certificate: deps.authority.sign(params.id, plan),
          authority: deps.authority.certificate,
        },
        params.id,
        passphrase,
      );
      return {
        status: 201,
        headers: { 'Cache-Control': 'no-store' },
        body: {
          ...{ bundle: base64(bundle), passphrase, tls_port: deps.tlsPort },
          not_after: new Date(plan.toSeconds * 1000).toISOString(),
        },
      };
    },
  );
  return router;
}

function provenPoint(request: string): Uint8Array {
  try {
    return verifyCertificateRequest(new Uint8Array(Buffer.from(request, 'base64url')), nodeCrypto);
  } catch (cause) {
    if (cause instanceof X509Error) throw new Refusal('certificate-request-invalid', { cause });
    throw cause;
  }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
