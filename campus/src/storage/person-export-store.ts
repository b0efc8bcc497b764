import { appendAudit, type Clock, type Database } from '@lanyard/platform';
import type { PersonId } from '../domain/people/person.js';
import type { NoticeAddressStore } from './notice-address-store.js';
import type { CaseSealer } from './sealer.js';
import type { SurveyStore } from './survey-store.js';

const ROWS = 5_000;

/**
 * What campus keeps of one student beside the cases themselves. Without secrets: of a browser that gets notices it is said
 * that there is one, of a session when it was.
 */
export function createPersonExportStore(
  db: Database,
  deps: {
    addresses: Pick<NoticeAddressStore, 'settingsOf' | 'mailOf'>;
    surveys: Pick<SurveyStore, 'namedAnswersOf'>;
    sealer: CaseSealer;
    clock: Clock;
  },
) {
  const { sealer, clock } = deps;
  return {
    async read(person: PersonId) {
      const all = async (sql: string) => (await db.raw(`${sql} LIMIT ${ROWS}`, [person])).rows as unknown[];
      return {
        notice_settings: await deps.addresses.settingsOf(person),
        mail_address: (await deps.addresses.mailOf(person)).address,
        notice_addresses: await all(
          'SELECT channel, made_at, gone_at FROM notice_address WHERE person = ? ORDER BY made_at',
        ),
        notices: await all('SELECT case_id, kind, step, at, read_at FROM notice WHERE person = ? ORDER BY id'),
        window_visits: await all(
          'SELECT window_id, read_by, at, ended_at FROM window_visit WHERE student = ? ORDER BY at',
        ),
        window_tickets: await all(
          'SELECT window_id, day::text AS day, number, state, taken_at FROM window_ticket WHERE person = ? ORDER BY taken_at',
        ),
        surveys_answered: await all('SELECT survey FROM survey_participation WHERE person = ? ORDER BY survey'),
        survey_answers: await deps.surveys.namedAnswersOf(person),
        sessions: await all(
          'SELECT part, opened_at, seen_at, expires_at FROM module_session WHERE person = ? ORDER BY opened_at',
        ),
        messages_a_day: await all('SELECT day::text AS day, written FROM talk_day WHERE person = ? ORDER BY day'),
      };
    },
    /** A copy was made; the audit names nobody but by key. */
    async note(person: PersonId): Promise<void> {
      const event = { actor: 'service:issuer', action: 'person.exported', subject: sealer.auditName(person) };
      await db.transaction((transaction) => appendAudit(transaction, [event], clock.nowMs()));
    },
  };
}
export type PersonExportStore = ReturnType<typeof createPersonExportStore>;
