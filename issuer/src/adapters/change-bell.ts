import { createWakeBell, type Logger, type Queryable, type WakeBell } from '@lanyard/platform';
import pg from 'pg';

const CHANNEL = 'issuer_change';

/** Wakes long polls when a transaction that rang has committed, in whichever process it ran. */
export interface ChangeBell extends Pick<WakeBell, 'wait' | 'rings'> {
  close(): Promise<void>;
}

/** Rings within the transaction: PostgreSQL delivers it at commit and not at rollback. */
export async function ringBell(transaction: Queryable): Promise<void> {
  await transaction.raw(`SELECT pg_notify('${CHANNEL}', '')`);
}

/** Listens on a connection of its own and connects again when it is lost. */
export function openChangeBell(databaseUrl: string, log: Logger): ChangeBell {
  const bell = createWakeBell();
  let closed = false;
  let client: pg.Client | undefined;
  const connect = async (): Promise<void> => {
    if (closed) return;
    const next = new pg.Client({ connectionString: databaseUrl, application_name: 'issuer change bell' });
    client = next;
    next.on('notification', bell.ring);
    const again = () => {
      if (client === next && !closed) setTimeout(() => void connect(), 500).unref();
    };
    next.once('error', (error) => {
      log.warn('bell.lost', { detail: error.message });
      again();
    });
    next.once('end', again);
    try {
      await next.connect();
      await next.query(`LISTEN ${CHANNEL}`);
      // What was rung while nobody listened is looked up by those who wait.
      bell.ring();
    } catch {
      await next.end().catch(() => {});
    }
  };
  void connect();
  return {
    get rings() {
      return bell.rings;
    },
    wait: bell.wait,
    async close() {
      closed = true;
      bell.ring();
      await client?.end().catch(() => {});
    },
  };
}
