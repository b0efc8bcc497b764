/** The well-known part goes between host and path (RFC 8414 §3, OpenID4VCI 1.0 §12.2.2). */
export function wellKnown(issuer: string, name: string): string {
  const url = new URL(issuer);
  return `${url.origin}/.well-known/${name}${url.pathname === '/' ? '' : url.pathname}`;
}
