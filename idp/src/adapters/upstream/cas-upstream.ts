import type { GuardedFetch } from '@lanyard/platform';
import { readCasAnswer } from '../../domain/upstream/read-cas-answer.js';
import { type Upstream, type UpstreamConnector, UpstreamRefusal } from '../../domain/upstream/upstream.js';

/** A CAS 3.0 server as upstream: we are one of its services, one address per sign-in, so a ticket fits one only. */
export function createCasUpstream(
  upstream: Extract<Upstream, { kind: 'cas' }>,
  guardedFetch: GuardedFetch,
): UpstreamConnector {
  const server = upstream.server.replace(/\/$/, '');
  const serviceOf = (request: { id: string; callback: string }) => `${request.callback}?state=${request.id}`;
  return {
    begin: (request) =>
      Promise.resolve({ address: `${server}/login?service=${encodeURIComponent(serviceOf(request))}` }),
    async complete(request, query) {
      const ticket = query.get('ticket') ?? '';
      if (!/^ST-[A-Za-z0-9._-]{1,250}$/.test(ticket)) throw new UpstreamRefusal('upstream-refused');
      const parameters = new URLSearchParams({ service: serviceOf(request), ticket });
      const answer = await guardedFetch(`${server}/p3/serviceValidate?${parameters}`, {
        privateHosts: [new URL(server).host],
      }).catch((cause: unknown) => {
        throw new UpstreamRefusal('upstream-away', { cause });
      });
      if (answer.status !== 200) throw new UpstreamRefusal('upstream-answer-invalid');
      const person = readCasAnswer(answer.body.toString('utf8'));
      if (person === undefined) throw new UpstreamRefusal('upstream-refused');
      const number =
        upstream.number_attribute === undefined ? person.user : person.attributes[upstream.number_attribute]?.[0];
      if (number === undefined) throw new UpstreamRefusal('upstream-account-unknown');
      return number;
    },
  };
}
