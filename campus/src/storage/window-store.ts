import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { HeldRole } from '../domain/people/person.js';
import type { OpeningTime } from '../domain/windows/opening-hours.js';
import type { ServiceWindow } from '../domain/windows/service-window.js';

interface Row {
  id: string;
  title_zh: string;
  title_en: string;
  place_zh: string;
  place_en: string;
  services: string[];
  clerk_role: string;
  scope_kind: HeldRole['scope']['kind'];
  scope_value: string;
  hours: OpeningTime[];
  kiosk: boolean;
  reader: string | null;
  card_confirms: boolean;
}
const COLUMNS =
  'id, title_zh, title_en, place_zh, place_en, services, clerk_role, scope_kind, scope_value, hours, kiosk, reader, card_confirms';
const MAX_WINDOWS = 500;

const windowOf = (row: Row): ServiceWindow => ({
  ...{ id: row.id, title: { zh: row.title_zh, en: row.title_en }, place: { zh: row.place_zh, en: row.place_en } },
  ...{ services: row.services, hours: row.hours, kiosk: row.kiosk },
  ...{ reader: row.reader, cardConfirms: row.card_confirms },
  clerks: { role: row.clerk_role, scope: { kind: row.scope_kind, value: row.scope_value } },
});

/** Service windows as data. */
export function createWindowStore(db: Database, clock: Clock) {
  return {
    /** Makes a window or changes it. @throws Refusal `window-reader-taken` where another window has that reader */
    async put(window: ServiceWindow, actor: string): Promise<void> {
      const { id, title, place, services, clerks, hours, kiosk, reader, cardConfirms } = window;
      await db.transaction(async (transaction) => {
        await freeReader(transaction, id, reader);
        await transaction.raw(
          `INSERT INTO service_window (${COLUMNS}, changed_at) VALUES (?, ?, ?, ?, ?, ?::text[], ?, ?, ?, ?::jsonb, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET title_zh = excluded.title_zh, title_en = excluded.title_en,
             place_zh = excluded.place_zh, place_en = excluded.place_en, services = excluded.services,
             clerk_role = excluded.clerk_role, scope_kind = excluded.scope_kind, scope_value = excluded.scope_value,
             hours = excluded.hours, kiosk = excluded.kiosk, reader = excluded.reader,
             card_confirms = excluded.card_confirms, changed_at = excluded.changed_at`,
          [
            ...[id, title.zh, title.en, place.zh, place.en, services as string[], clerks.role, clerks.scope.kind],
            ...[clerks.scope.value, JSON.stringify(hours), kiosk, reader, cardConfirms, new Date(clock.nowMs())],
          ] as never,
        );
        const detail = { services: [...services], clerk_role: clerks.role, reader, card_confirms: cardConfirms };
        const event = { actor, action: 'window.set', subject: `window:${id}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    /** @throws Refusal `window-not-found` */
    async find(id: string): Promise<ServiceWindow> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM service_window WHERE id = ?`, [id]);
      if (rows[0] === undefined) throw new Refusal('window-not-found');
      return windowOf(rows[0]);
    },
    async all(): Promise<ServiceWindow[]> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM service_window ORDER BY id LIMIT ?`, [MAX_WINDOWS]);
      return (rows as Row[]).map(windowOf);
    },
  };
}

/** A reader stands at one window; two that are set at once wait for each other. @throws Refusal `window-reader-taken` */
async function freeReader(transaction: Transaction, id: string, reader: string | null): Promise<void> {
  if (reader === null) return;
  await transaction.raw('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`window reader ${reader}`]);
  const { rows } = await transaction.raw('SELECT 1 FROM service_window WHERE reader = ? AND id <> ?', [reader, id]);
  if (rows.length > 0) throw new Refusal('window-reader-taken');
}
export type WindowStore = ReturnType<typeof createWindowStore>;
