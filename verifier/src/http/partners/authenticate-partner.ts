import { type HeaderSource, Refusal } from '@lanyard/platform';
import type { Partner } from '../../domain/partners/partner.js';
import type { PartnerStore } from '../../storage/partner-store.js';

/** The partner whose token a call carries. @throws Refusal `partner-token-invalid` */
export async function requirePartner(partners: PartnerStore, headers: HeaderSource): Promise<Partner> {
  const token = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(headers.get('Authorization'))?.[1];
  const partner = token === undefined ? undefined : await partners.findByToken(token);
  if (partner === undefined) throw new Refusal('partner-token-invalid');
  return partner;
}
