import type { SealedStore } from '@lanyard/platform';
import type { SessionKeeper, SessionRecords } from '../domain/sessions.js';

const NAME = 'sessions';

/** Sessions in one sealed file, so that a restart signs nobody out. */
export function createSessionFile(store: SealedStore): SessionKeeper {
  return {
    load() {
      const content = store.read(NAME);
      return content === undefined
        ? { links: [], sessions: [] }
        : (JSON.parse(content.toString('utf8')) as SessionRecords);
    },
    save: (records) => store.write(NAME, Buffer.from(JSON.stringify(records))),
  };
}
