import type { Database } from '../db/connect-database.js';
import type { Logger } from '../log/create-logger.js';
import type { Clock } from '../time/clock.js';
import { readAuditHead, sealAudit } from './seal-audit.js';

const SEAL_EVERY_MS = 500;
const HEAD_EVERY_MS = 60_000;

/** Seals new rows twice a second and signs the head each minute when it has moved. Returns a function that stops it. */
export function runAuditSealer(options: {
  sealer: Database;
  signHead: (head: { sequence: number; link: string; iat: number }) => string;
  clock: Clock;
  log: Logger;
}): () => Promise<void> {
  let stopped = false;
  let lastHeadMs = 0;
  let signedSequence = -1;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    try {
      while ((await sealAudit(options.sealer)) === 2000);
      if (options.clock.nowMs() - lastHeadMs >= HEAD_EVERY_MS) {
        const before = signedSequence;
        signedSequence = await signNewHead(options, signedSequence);
        if (signedSequence !== before) lastHeadMs = options.clock.nowMs();
      }
    } catch (error) {
      options.log.warn('audit.sealing-failed', { detail: error instanceof Error ? error.message : String(error) });
    }
    if (!stopped) timer = setTimeout(() => (running = round()), SEAL_EVERY_MS);
  };
  running = round();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}

async function signNewHead(options: Parameters<typeof runAuditSealer>[0], signedSequence: number): Promise<number> {
  const head = await readAuditHead(options.sealer);
  if (head.sequence === signedSequence || head.sequence === 0) return signedSequence;
  const jws = options.signHead({
    sequence: head.sequence,
    link: head.link.toString('base64url'),
    iat: options.clock.nowSeconds(),
  });
  await options.sealer.raw(
    'INSERT INTO audit_head (sequence, link, jws) VALUES (?, ?, ?) ON CONFLICT (sequence) DO NOTHING',
    [head.sequence, head.link, jws],
  );
  return head.sequence;
}
