import { AsnConvert } from '@peculiar/asn1-schema';
import { AuthorityKeyIdentifier, Certificate, id_ce_authorityKeyIdentifier } from '@peculiar/asn1-x509';
import { encodeBase64url } from '../base64url/base64url.js';

const MAX_BYTES = 8_192;

/**
 * base64url of the authority key identifiers in a chain of DER certificates (RFC 5280 §4.2.1.1): what DCQL compares
 * with `aki` values (OpenID4VP 1.0 §6.1.1). Says nothing about trust; a certificate that cannot be read has none.
 */
export function authorityKeyIdsOf(chain: readonly Uint8Array[]): readonly string[] {
  return chain.flatMap((der) => authorityKeyIdOf(der) ?? []);
}

function authorityKeyIdOf(der: Uint8Array): string | undefined {
  if (der.length > MAX_BYTES) return undefined;
  try {
    const { extensions } = AsnConvert.parse(der, Certificate).tbsCertificate;
    const extension = extensions?.find(({ extnID }) => extnID === id_ce_authorityKeyIdentifier);
    if (extension === undefined) return undefined;
    const { keyIdentifier } = AsnConvert.parse(extension.extnValue.buffer, AuthorityKeyIdentifier);
    return keyIdentifier === undefined ? undefined : encodeBase64url(new Uint8Array(keyIdentifier.buffer));
  } catch {
    return undefined;
  }
}
