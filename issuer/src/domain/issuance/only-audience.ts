/** Whether `aud` of a JWT names this audience and no other (RFC 7519 §4.1.3: a text, or an array of texts). */
export function isOnlyAudience(aud: unknown, audience: string): boolean {
  return aud === audience || (Array.isArray(aud) && aud.length === 1 && aud[0] === audience);
}
