import { createDecipheriv, createECDH, createHmac, type ECDH, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { makeCertificate } from '../../../../e2e/support/tls-front.js';

/** What a browser keeps of a subscription. */
export interface Subscriber {
  readonly ecdh: ECDH;
  readonly auth: Buffer;
}
export interface ReceivedPush {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const hmac = (key: Buffer, ...parts: (Buffer | string)[]): Buffer => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** The browser's side of RFC 8291 §3.4 over RFC 8188 with one record, by the text of both. */
export function openPush({ ecdh, auth }: Subscriber, body: Buffer): string {
  const [salt, idLength] = [body.subarray(0, 16), body[20] ?? 0];
  const serverKey = body.subarray(21, 21 + idLength);
  const sealed = body.subarray(21 + idLength);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), ecdh.getPublicKey(), serverKey, Buffer.from([1])]);
  const material = hmac(hmac(auth, ecdh.computeSecret(serverKey)), info);
  const key = hmac(salt, material);
  const contentKey = hmac(key, 'Content-Encoding: aes128gcm\0', Buffer.from([1])).subarray(0, 16);
  const nonce = hmac(key, 'Content-Encoding: nonce\0', Buffer.from([1])).subarray(0, 12);
  const decipher = createDecipheriv('aes-128-gcm', contentKey, nonce, { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  const record = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  // The last record ends in 0x02 and padding.
  const end = record.lastIndexOf(2);
  return record.subarray(0, end).toString('utf8');
}

export function newSubscriber(): Subscriber {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  return { ecdh, auth: randomBytes(16) };
}

/** A push service over TLS: takes everything, or answers a path with a status of the test's. */
export async function openPushService() {
  const certificate = makeCertificate();
  const received: ReceivedPush[] = [];
  const statusOf = new Map<string, number>();
  const server = createServer(
    { key: readFileSync(certificate.keyFile), cert: readFileSync(certificate.caFile) },
    (incoming, answer) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const path = incoming.url ?? '';
        received.push({ path, headers: incoming.headers, body: Buffer.concat(chunks) });
        answer.writeHead(statusOf.get(path) ?? 201).end();
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  const host = `localhost:${typeof address === 'object' ? address?.port : ''}`;
  return {
    ca: readFileSync(certificate.caFile, 'utf8'),
    host,
    received,
    statusOf,
    subscription: (path: string, { ecdh, auth }: Subscriber) => ({
      endpoint: `https://${host}${path}`,
      keys: { p256dh: ecdh.getPublicKey('base64url'), auth: auth.toString('base64url') },
    }),
    at: (path: string) => received.filter((one) => one.path === path),
    close: () =>
      new Promise<void>((resolve) => {
        certificate.remove();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
