import { type Authenticate, actorOf, type Clock, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { MachineAuthority, MachineCertificate } from '../adapters/machine-authority.js';
import type { CertificateStore } from '../storage/certificate-store.js';
import { base64, makeBundle, provenPoint, zCertificateRequest } from './make-bundle.js';

export interface CertificateDeps {
  authenticate: Authenticate;
  authority: MachineAuthority;
  certificates: CertificateStore;
  /** Port of the agents' listener; undefined where there is none. */
  tlsPort: number | undefined;
  clock: Clock;
}

const zAgentId = z.object({ id: z.string().regex(/^[a-z0-9-]{1,64}$/) });

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
      const record = (plan: MachineCertificate) =>
        deps.certificates.record(plan, { agentId: params.id, kind: 'bundle', actor: actorOf(caller) });
      const bundle = await makeBundle(deps.authority, params.id, record);
      return {
        ...{ status: 201, headers: { 'Cache-Control': 'no-store' } },
        body: { ...bundle, tls_port: deps.tlsPort },
      };
    },
  );
  return router;
}
