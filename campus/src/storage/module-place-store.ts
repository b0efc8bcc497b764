import { appendAudit, type Clock, type Database } from '@lanyard/platform';
import { type CampusModule, campusModules } from '../api/index.js';

/** Which modules another system runs. */
export function createModulePlaceStore(db: Database, clock: Clock) {
  return {
    /** Address by module; null where it is run here. */
    async all(): Promise<Record<CampusModule, string | null>> {
      const { rows } = await db.raw('SELECT module, url FROM module_elsewhere');
      const urls = new Map((rows as { module: string; url: string }[]).map(({ module, url }) => [module, url]));
      return Object.fromEntries(campusModules.map((module) => [module, urls.get(module) ?? null])) as Record<
        CampusModule,
        string | null
      >;
    },
    /** Null: it is run here again. */
    async set(module: CampusModule, url: string | null, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        if (url === null) await transaction.raw('DELETE FROM module_elsewhere WHERE module = ?', [module]);
        else
          await transaction.raw(
            `INSERT INTO module_elsewhere (module, url, set_at) VALUES (?, ?, ?)
             ON CONFLICT (module) DO UPDATE SET url = excluded.url, set_at = excluded.set_at`,
            [module, url, new Date(clock.nowMs())],
          );
        const event = { actor, action: 'module.placed', subject: `module:${module}`, detail: { url } };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
  };
}
export type ModulePlaceStore = ReturnType<typeof createModulePlaceStore>;
