import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OPENSSL = '/usr/bin/openssl';

/** A certificate for `localhost` of a test. */
export interface Certificate {
  keyFile: string;
  /** The certificate itself, PEM; also the one to trust. */
  caFile: string;
  remove(): void;
}

export interface TlsFront {
  /** `https://localhost:…` */
  url: string;
  /** Where the requests go: `http://localhost:…` */
  leadTo(target: string): void;
  close(): Promise<void>;
}

export function makeCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-tls-'));
  const [keyFile, caFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync(OPENSSL, ['req', '-x509', ...kind, ...subject, '-keyout', keyFile, '-out', caFile], {
    stdio: 'ignore',
  });
  // Clients that run under another account read the certificate too.
  chmodSync(folder, 0o755);
  return { keyFile, caFile, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A reverse proxy with TLS, as every campus has one before its identity layer: old CAS clients speak nothing else. */
export async function openTlsFront({ keyFile, caFile }: Certificate): Promise<TlsFront> {
  let target = '';
  const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(caFile) }, (incoming, answer) => {
    const outgoing = request(
      new URL(incoming.url ?? '/', target),
      { method: incoming.method ?? 'GET', headers: { ...incoming.headers, 'x-forwarded-proto': 'https' } },
      (got) => {
        // Of one connection only (RFC 9110 §7.6.1): AuthCAS waits for the end of its own.
        const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = got.headers;
        answer.writeHead(got.statusCode ?? 502, headers);
        got.pipe(answer);
      },
    );
    outgoing.on('error', () => answer.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  return {
    url: `https://localhost:${typeof address === 'object' ? address?.port : ''}`,
    leadTo(to) {
      target = to;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
