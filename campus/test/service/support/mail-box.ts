import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';

export interface ReceivedMail {
  readonly to: string;
  readonly from: string;
  /** Lower-case names; encoded words decoded. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
  readonly raw: string;
}

/** A real SMTP server on the loopback, without TLS. What it does with a recipient or a message is set by tests. */
export async function openMailBox() {
  const mails: ReceivedMail[] = [];
  /** Reply codes by recipient; nobody listed is accepted. */
  const refusals = new Map<string, number>();
  /** Recipients whose message is taken and never answered. */
  const silent = new Set<string>();
  const taken: string[] = [];
  let port = 0;
  let server = newServer();
  function newServer() {
    return new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      logger: false,
      onRcptTo({ address }, _session, done) {
        const responseCode = refusals.get(address);
        done(responseCode === undefined ? null : Object.assign(new Error('no'), { responseCode }));
      },
      onData(stream: SMTPServerDataStream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const to = session.envelope.rcptTo[0]?.address ?? '';
          const from = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
          const raw = Buffer.concat(chunks).toString('utf8');
          taken.push(raw);
          if (silent.has(to)) return;
          mails.push({ to, from, raw, ...parseMail(raw) });
          done();
        });
      },
    });
  }
  const listen = () =>
    new Promise<void>((resolve) => {
      const listening = server.listen(port, '127.0.0.1', () => {
        const address = listening.address();
        if (typeof address === 'object' && address !== null) port = address.port;
        resolve();
      });
    });
  await listen();
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    taken,
    refusals,
    silent,
    to: (address: string) => mails.filter((mail) => mail.to === address),
    down: () => new Promise<void>((resolve) => server.close(() => resolve())),
    async up() {
      server = newServer();
      await listen();
    },
  };
}
export type MailBox = Awaited<ReturnType<typeof openMailBox>>;

function parsePart(raw: string): { headers: Record<string, string>; body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      decodeWords(line.slice(line.indexOf(':') + 1).trim()),
    ]),
  );
  return { headers, body: raw.slice(end + 4) };
}
function parseMail(raw: string) {
  const { headers, body } = parsePart(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1];
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => parsePart(part.replace(/^\r\n/, '')));
  const of = (type: string) => {
    const found = parts.find((part) => part.headers['content-type']?.startsWith(type));
    return found === undefined ? '' : decode(found.body, found.headers['content-transfer-encoding'] ?? '');
  };
  return { headers, text: of('text/plain'), html: of('text/html') };
}
function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return encoding === 'quoted-printable' ? quoted(body.replace(/=\r\n/g, '')) : body;
}
const quoted = (text: string): string =>
  text.replace(/(?:=[0-9A-F]{2})+/g, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'));
/** Encoded words (RFC 2047) of UTF-8; a letter may be cut between two of them only by who breaks the RFC. */
const decodeWords = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString('utf8') : quoted(word.replaceAll('_', ' ')),
    );
