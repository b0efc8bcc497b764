import { Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Partner } from '../../domain/partners/partner.js';
import type { PartnerCertificateStore } from '../../storage/partner-certificate-store.js';
import type { PartnerStore } from '../../storage/partner-store.js';
import { shownCertificate } from './client-certificate.js';

export interface PartnerAuthenticationDeps {
  partners: PartnerStore;
  certificates: Pick<PartnerCertificateStore, 'find'>;
}

/**
 * The partner whose token a call carries. A token that was given over a certificate is good only with that certificate,
 * as long as it holds (RFC 8705 §3). @throws Refusal `partner-token-invalid`
 */
export async function requirePartner(
  { partners, certificates }: PartnerAuthenticationDeps,
  context: Context,
): Promise<Partner> {
  const token = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(context.get('Authorization'))?.[1];
  const held = token === undefined ? undefined : await partners.findByToken(token);
  if (held === undefined) throw new Refusal('partner-token-invalid');
  const { partner, certificateId } = held;
  if (certificateId === undefined) return partner;
  const known = certificateId === shownCertificate(context.req) ? await certificates.find(certificateId) : undefined;
  if (known?.partnerId !== partner.id) throw new Refusal('partner-token-invalid');
  return partner;
}
