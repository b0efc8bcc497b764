import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the verifier would say of the student ID that was shown. */
export interface Shown {
  verdict: 'accepted' | 'rejected' | 'cannot-decide';
  reason?: string;
  student_number?: string;
}

/** The verifier as far as the identity layer asks it: requests, and the answer of whoever has the response code. */
export async function startStandInVerifier(universityCode: string) {
  let shown: Shown = { verdict: 'cannot-decide' };
  let returnUrl = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      if (request.method === 'POST') {
        returnUrl = String(JSON.parse(Buffer.concat(chunks).toString()).return_url);
        response.statusCode = 201;
        response.end(
          JSON.stringify({
            id: 'request-1',
            // As long as a real one: the size of the code follows from it.
            wallet_link: `https://wallet.shili.example/present?client_id=x509_san_dns%3Averifier.shili.example&request_uri=https%3A%2F%2Fverifier.shili.example%2Fv1%2Frequest-objects%2F${'a'.repeat(43)}`,
            expires_at: new Date(expiresFrom() + 300_000).toISOString(),
          }),
        );
        return;
      }
      const { verdict, reason, student_number } = shown;
      const claims = { ...(student_number ? { student_number } : {}), university_code: universityCode };
      response.end(JSON.stringify({ state: 'answered', verdict, ...(reason ? { reason } : {}), claims }));
    });
  });
  let expiresFrom = Date.now;
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    follow(nowMs: () => number) {
      expiresFrom = nowMs;
    },
    /** The holder agrees on the phone; answers where the wallet leads its browser. */
    answer(with_: Shown): string {
      shown = with_;
      return `${returnUrl}?response_code=response-code-of-the-tests`;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
