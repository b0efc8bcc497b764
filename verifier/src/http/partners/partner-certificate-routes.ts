import { type Authenticate, actorOf, type Clock, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { MachineAuthority, MachineCertificate } from '../../adapters/machine-authority.js';
import { zPartnerCertificateAnswer } from '../../api/partner.js';
import { zPartnerId } from '../../domain/partners/partner.js';
import { readRegisteredCertificate } from '../../domain/partners/registered-certificate.js';
import type { PartnerCertificateStore } from '../../storage/partner-certificate-store.js';
import { base64, makeBundle, provenPoint, zCertificateRequest } from '../make-bundle.js';
import { type PartnerAuthenticationDeps, requirePartner } from './authenticate-partner.js';
import { noStore } from './partner-shapes.js';

export interface PartnerCertificateDeps extends PartnerAuthenticationDeps {
  authenticate: Authenticate;
  authority: MachineAuthority;
  certificates: PartnerCertificateStore;
  /** Origin of the listener for client certificates; undefined where there is none. */
  tlsUrl: string | undefined;
  clock: Clock;
}

const staff = ['operator', 'service:admin'] as const;
const zPartnerParams = z.object({ id: zPartnerId });
const zCertificateParams = zPartnerParams.extend({ certificate: z.string().regex(/^([0-9a-f]{32}|[0-9a-f]{64})$/) });

/** Certificates of partners: given as a bundle, brought along, renewed by the partner, ended by staff. */
export function createPartnerCertificateRoutes(deps: PartnerCertificateDeps) {
  const { authority, certificates } = deps;
  const staffRoutes = createRoutes(deps.authenticate);
  const own = createRoutes(() => ({ kind: 'open' }));
  function requireListener(): string {
    if (deps.tlsUrl === undefined) throw new Refusal('partner-tls-off');
    return deps.tlsUrl;
  }

  staffRoutes.route(
    {
      ...{ method: 'post', path: '/v1/partners/:id/bundle', callers: staff, params: zPartnerParams },
      summary: 'Key and certificate of a partner as PKCS#12, with its passphrase, this once; ends the one before',
    },
    async ({ params: { id }, caller }) => {
      const tls_url = requireListener();
      const record = (plan: MachineCertificate) =>
        certificates.record(plan, { partnerId: id, kind: 'bundle', actor: actorOf(caller) });
      return { status: 201, headers: noStore, body: { ...(await makeBundle(authority, id, record)), tls_url } };
    },
  );
  staffRoutes.route(
    {
      ...{ method: 'get', path: '/v1/partners/:id/certificates', callers: staff, params: zPartnerParams },
      summary: 'Certificates of a partner',
    },
    async ({ params: { id } }) => ({ body: { certificates: await certificates.list(id) } }),
  );
  staffRoutes.route(
    {
      ...{ method: 'post', path: '/v1/partners/:id/certificates', callers: staff, params: zPartnerParams },
      ...{ body: z.strictObject({ pem: z.string().max(16_384) }), maxBodyBytes: 20_480 },
      summary: 'Registers a certificate the partner brings',
    },
    async ({ params: { id }, body, caller }) => {
      const certificate = readRegisteredCertificate(body.pem, deps.clock.nowMs());
      if (certificate === undefined) throw new Refusal('certificate-not-usable');
      await certificates.register(certificate, { partnerId: id, actor: actorOf(caller) });
      const not_after = new Date(certificate.toMs).toISOString();
      return { status: 201, body: { id: certificate.id, not_after } };
    },
  );
  staffRoutes.route(
    {
      ...{ method: 'post', path: '/v1/partners/:id/certificates/:certificate/withdraw', callers: staff },
      ...{ params: zCertificateParams, summary: 'Ends a certificate and the tokens bound to it, at once' },
    },
    async ({ params: { id, certificate }, caller }) => {
      await certificates.withdraw(certificate, { partnerId: id, actor: actorOf(caller) });
      return {};
    },
  );
  own.route(
    {
      ...{ method: 'post', path: '/partner/v1/certificate', callers: ['open'], maxBodyBytes: 4_096 },
      ...{ body: z.strictObject({ request: zCertificateRequest }), response: zPartnerCertificateAnswer },
      summary: 'A client certificate for a key you have made (PKCS#10): the first, or the next',
    },
    async ({ body, context }) => {
      const { id } = await requirePartner(deps, context);
      requireListener();
      const plan = authority.plan(provenPoint(body.request));
      await certificates.record(plan, { partnerId: id, kind: 'own', actor: `partner:${id}` });
      return {
        ...{ status: 201, headers: noStore },
        body: zPartnerCertificateAnswer.parse({
          certificate: base64(authority.sign(id, plan)),
          authority: base64(authority.certificate),
          not_after: new Date(plan.toSeconds * 1000).toISOString(),
        }),
      };
    },
  );
  return { staff: staffRoutes.router, own: own.router };
}
