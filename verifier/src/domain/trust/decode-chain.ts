const MAX_CERTIFICATES = 4;
const MAX_BYTES = 8_192;

/** The certificates of an `x5c` header (RFC 7515 §4.1.6), leaf first; empty where there are none or they are not base64. */
export function decodeChain(x5c: unknown): readonly Uint8Array[] {
  if (!Array.isArray(x5c) || x5c.length > MAX_CERTIFICATES) return [];
  const chain: Uint8Array[] = [];
  for (const text of x5c as readonly unknown[]) {
    if (typeof text !== 'string' || text.length > MAX_BYTES) return [];
    const der = Buffer.from(text, 'base64');
    if (der.toString('base64') !== text) return [];
    chain.push(new Uint8Array(der));
  }
  return chain;
}
