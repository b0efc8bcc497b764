import { createHmac } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal } from '@lanyard/platform';
import type { PersonId } from '../domain/people/person.js';
import type { CaseSealer } from './sealer.js';

const PLACE = 'messenger';

/** The receiver of the university's messenger, as the operator registered it. */
export interface Messenger {
  readonly name: string;
  readonly url: string;
  readonly recipient: 'pairwise' | 'student-number';
  readonly purpose: string | null;
}

/** One receiver at most. Its secret is sealed and never answered again. */
export function createMessengerStore(
  db: Database,
  deps: { sealer: CaseSealer; pseudonymKey: Uint8Array; clock: Clock },
) {
  const { sealer, clock } = deps;
  const audit = (action: string, actor: string, detail: Record<string, string>) => [
    { actor, action, subject: 'messenger', detail },
  ];
  return {
    async find(): Promise<(Messenger & { readonly secret: Buffer }) | undefined> {
      const { rows } = await db.raw('SELECT name, url, sealed_secret, recipient, purpose FROM messenger');
      const row: (Messenger & { sealed_secret: Buffer }) | undefined = rows[0];
      if (row === undefined) return undefined;
      const { sealed_secret, ...messenger } = row;
      return { ...messenger, secret: sealer.openBytes(sealed_secret, PLACE) };
    },
    async put({ name, url, recipient, purpose }: Messenger, secret: Uint8Array, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.raw(
          `INSERT INTO messenger (name, url, sealed_secret, recipient, purpose, changed_at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (is_only) DO UPDATE SET name = excluded.name, url = excluded.url, sealed_secret = excluded.sealed_secret,
             recipient = excluded.recipient, purpose = excluded.purpose, changed_at = excluded.changed_at`,
          [name, url, sealer.sealBytes(secret, PLACE), recipient, purpose, new Date(clock.nowMs())],
        );
        const detail = { host: new URL(url).host, recipient, purpose: purpose ?? '' };
        await appendAudit(transaction, audit('messenger.registered', actor, detail), clock.nowMs());
      });
    },
    /** @throws Refusal `messenger-not-found` */
    async remove(actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw('DELETE FROM messenger');
        if (rowCount !== 1) throw new Refusal('messenger-not-found');
        await appendAudit(transaction, audit('messenger.removed', actor, {}), clock.nowMs());
      });
    },
    /** How a receiver knows a person: another name at each origin, the number only where that was registered. */
    nameAt({ url, recipient }: Messenger, person: PersonId): string {
      if (recipient === 'student-number') return person.slice(person.indexOf(':') + 1);
      const { origin } = new URL(url);
      return createHmac('sha256', deps.pseudonymKey).update(`${origin} ${person}`).digest('base64url');
    },
  };
}
export type MessengerStore = ReturnType<typeof createMessengerStore>;
