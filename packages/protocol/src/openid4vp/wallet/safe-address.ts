const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** The address where a wallet may send something: https, or http on this very device; never with a user name. */
export function safeAddress(text: string): URL | undefined {
  const url = readUrl(text);
  if (url === undefined || url.username !== '' || url.password !== '') return undefined;
  if (url.protocol === 'https:') return url;
  return url.protocol === 'http:' && LOOPBACK.includes(url.hostname) ? url : undefined;
}

/** Undefined for what is no URL. */
export function readUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
