import { appendAudit, type Clock, type Database, Refusal } from '@lanyard/platform';
import type { FormValues } from '../domain/definitions/form-schema.js';
import type { PersonId } from '../domain/people/person.js';
import type { KeptAnswer } from '../domain/surveys/results.js';
import type { Survey } from '../domain/surveys/survey.js';
import type { CaseSealer } from './sealer.js';

const answerPlace = (survey: string): string => `survey/${survey}`;
/** More are not summed up while somebody waits. */
const MAX_READ = 100_000;

/**
 * Surveys and what was answered. An anonymous answer and the row that says who has answered are written together and
 * hold nothing in common: no audit row and no remembered answer to a repeat lies beside them.
 */
export function createSurveyStore(db: Database, { sealer, clock }: { sealer: CaseSealer; clock: Clock }) {
  const now = () => new Date(clock.nowMs());
  return {
    /** @throws Refusal `survey-exists` */
    async add(survey: Survey, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `INSERT INTO survey (id, body, owner_role, opens_at, closes_at, made_at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO NOTHING`,
          [survey.id, JSON.stringify(survey), survey.owner, survey.opens_at, survey.closes_at, now()],
        );
        if (rowCount !== 1) throw new Refusal('survey-exists');
        const { module, anonymous } = survey;
        const event = { actor, action: 'survey.made', subject: `survey:${survey.id}`, detail: { module, anonymous } };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    /** Takes no more answers from now on. @throws Refusal `survey-closed` */
    async close(id: string, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          "UPDATE survey SET closes_at = greatest(?, opens_at + interval '1 millisecond') WHERE id = ? AND closes_at > ?",
          [now(), id, now()],
        );
        if (rowCount !== 1) throw new Refusal('survey-closed');
        const event = { actor, action: 'survey.closed', subject: `survey:${id}` };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    /** @throws Refusal `survey-not-found` */
    async find(id: string): Promise<Survey> {
      const { rows } = await db.raw('SELECT body, closes_at FROM survey WHERE id = ?', [id]);
      if (rows[0] === undefined) throw new Refusal('survey-not-found');
      return withEnd(rows[0]);
    },
    /** Those that take answers now, the first to end first, and whether this person has answered. */
    async open(person: PersonId): Promise<{ survey: Survey; answered: boolean }[]> {
      const { rows } = await db.raw(
        `SELECT s.body, s.closes_at, p.person IS NOT NULL AS answered
         FROM survey s LEFT JOIN survey_participation p ON p.survey = s.id AND p.person = ?
         WHERE s.opens_at <= ? AND s.closes_at > ? ORDER BY s.closes_at, s.id LIMIT 200`,
        [person, now(), now()],
      );
      return (rows as (SurveyRow & { answered: boolean })[]).map((row) => ({
        survey: withEnd(row),
        answered: row.answered,
      }));
    },
    /** Those of somebody's offices, the newest first, with how many have answered. */
    async owned(roles: readonly string[]): Promise<{ survey: Survey; answers: number }[]> {
      const { rows } = await db.raw(
        `SELECT s.body, s.closes_at, (SELECT count(*) FROM survey_participation p WHERE p.survey = s.id)::integer AS answers
         FROM survey s WHERE s.owner_role = ANY(?::text[]) ORDER BY s.opens_at DESC, s.id LIMIT 200`,
        [[...roles]] as never,
      );
      return (rows as (SurveyRow & { answers: number })[]).map((row) => ({
        survey: withEnd(row),
        answers: row.answers,
      }));
    },
    /** One answer of each person, in one statement. @throws Refusal `survey-answered`, `survey-closed` */
    async answer(survey: Survey, person: PersonId, college: string, values: FormValues): Promise<void> {
      const { rowCount } = await db.raw(
        `WITH open AS (SELECT id FROM survey WHERE id = ? AND opens_at <= ? AND closes_at > ?),
           taken AS (INSERT INTO survey_participation (survey, person) SELECT id, ? FROM open
             ON CONFLICT DO NOTHING RETURNING survey)
         INSERT INTO survey_answer (survey, person, college, values_sealed) SELECT survey, ?, ?, ? FROM taken`,
        [
          ...[survey.id, now(), now(), person, survey.anonymous ? null : person, college],
          sealer.seal(values, answerPlace(survey.id)),
        ] as never,
      );
      if (rowCount === 1) return;
      const { rows } = await db.raw('SELECT 1 FROM survey_participation WHERE survey = ? AND person = ?', [
        ...[survey.id, person],
      ]);
      throw new Refusal(rows.length > 0 ? 'survey-answered' : 'survey-closed');
    },
    /** What somebody answered where his name was asked for. */
    async namedAnswersOf(person: PersonId): Promise<{ survey: string; values: FormValues }[]> {
      const { rows } = await db.raw(
        'SELECT survey, values_sealed FROM survey_answer WHERE person = ? ORDER BY survey',
        [person],
      );
      return (rows as { survey: string; values_sealed: Buffer }[]).map(({ survey, values_sealed: sealed }) => ({
        survey,
        values: sealer.open<FormValues>(sealed, answerPlace(survey)),
      }));
    },
    /** In the order of random ids. */
    async answers(survey: string): Promise<KeptAnswer[]> {
      const { rows } = await db.raw(
        'SELECT college, values_sealed FROM survey_answer WHERE survey = ? ORDER BY id LIMIT ?',
        [...[survey, MAX_READ]],
      );
      return (rows as { college: string; values_sealed: Buffer }[]).map(({ college, values_sealed: sealed }) => ({
        college,
        values: sealer.open<FormValues>(sealed, answerPlace(survey)),
      }));
    },
  };
}
export type SurveyStore = ReturnType<typeof createSurveyStore>;

interface SurveyRow {
  body: Survey;
  closes_at: Date;
}
/** As it was made, but for an end that came earlier. */
const withEnd = ({ body, closes_at }: SurveyRow): Survey => ({ ...body, closes_at: closes_at.toISOString() });
