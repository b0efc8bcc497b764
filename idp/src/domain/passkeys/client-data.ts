export interface ClientData {
  type: string;
  challenge: string;
  origin: string;
}

const MAX_CHARS = 4_096;

/**
 * What the browser says of a ceremony (WebAuthn §5.8.1), not proved by anything yet. Our pages may not be framed, so a
 * ceremony in a frame of another site never comes from us: `crossOrigin` and `topOrigin` are refused as such.
 */
export function readClientData(base64url: string): ClientData | undefined {
  if (base64url.length > MAX_CHARS || !/^[A-Za-z0-9_-]+$/.test(base64url)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64url, 'base64url')));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, challenge, origin, crossOrigin, topOrigin } = value as Record<string, unknown>;
  if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string') return undefined;
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) return undefined;
  if ((crossOrigin !== undefined && crossOrigin !== false) || topOrigin !== undefined) return undefined;
  return { type, challenge, origin };
}
