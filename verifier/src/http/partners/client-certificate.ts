import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

const shown = new WeakMap<TLSSocket, string>();

/**
 * The certificate a connection was opened with, as it is named in the table: by its serial number where our CA for
 * partners signed it, else by the SHA-256 of its bytes. The handshake has proved its key, and nothing else; undefined on
 * a connection without one.
 */
export function shownCertificate({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const known = shown.get(socket);
  if (known !== undefined) return known;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const id = socket.authorized
    ? certificate.serialNumber.toLowerCase().padStart(32, '0')
    : createHash('sha256').update(certificate.raw).digest('hex');
  shown.set(socket, id);
  return id;
}
