import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { type Authenticate, type BearerAuthentication, Refusal } from '@lanyard/platform';
import type { CertificateStore } from '../storage/certificate-store.js';

export interface AgentAuthenticationDeps {
  bearer: BearerAuthentication;
  certificates: Pick<CertificateStore, 'find'>;
  /** `required`: without a client certificate an agent may do nothing but enrol. */
  mutualTls: 'optional' | 'required';
}

const ENROLMENT = '/v1/agent-enrolments';

/**
 * Who calls, on either listener. On the agents' own the connection has shown a certificate of the fleet's CA: it has to
 * be known, in force now, and of the very agent whose token came with the request.
 */
export function createAgentAuthentication(deps: AgentAuthenticationDeps): Authenticate {
  return async (context) => {
    const caller = await deps.bearer(context);
    const { socket } = context.req;
    if (!(socket instanceof TLSSocket)) {
      const refused = deps.mutualTls === 'required' && caller.kind === 'agent' && context.path !== ENROLMENT;
      if (refused) throw new Refusal('mutual-tls-required');
      return caller;
    }
    if (caller.kind !== 'agent') throw new Refusal(caller.kind === 'open' ? 'not-authenticated' : 'not-allowed');
    const serial = serialOf(context.req);
    const known = serial === undefined ? undefined : await deps.certificates.find(serial);
    if (known === undefined || known.agentId !== caller.id) throw new Refusal('client-certificate-wrong');
    if (known.state !== 'good') throw new Refusal('client-certificate-ended');
    return caller;
  };
}

const serials = new WeakMap<TLSSocket, Buffer>();

/** Serial number of the certificate a connection was opened with. */
function serialOf({ socket }: IncomingMessage): Buffer | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const kept = serials.get(socket);
  if (kept !== undefined) return kept;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const serial = Buffer.from(certificate.serialNumber.padStart(32, '0'), 'hex');
  serials.set(socket, serial);
  return serial;
}
