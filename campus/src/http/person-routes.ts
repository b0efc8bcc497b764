import { type Authenticate, createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import type { PersonActor } from '../domain/cases/action.js';
import { type PersonId, parsePersonId } from '../domain/people/person.js';
import { shownFields } from '../domain/views/shown-fields.js';
import type { ActivityStore } from '../storage/activity-store.js';
import type { AttachmentStore } from '../storage/attachment-store.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DraftStore } from '../storage/draft-store.js';
import type { LoadedCase } from '../storage/loaded-case.js';
import type { PersonExportStore } from '../storage/person-export-store.js';
import type { PlaceStore } from '../storage/place-store.js';
import type { RatingStore } from '../storage/rating-store.js';
import { sideOf, type TalkStore } from '../storage/talk-store.js';
import { caseLine, formAttachments, historyAnswer } from './case-answer.js';

const zStudent = z.strictObject({ student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) });
const PAGE = 50;
/** More cases nobody has; a copy is one answer. */
const MOST_CASES = 1_000;

/** What the issuer asks for a student who wants a copy of all that is kept of him: he asked on his own line there. */
export function createPersonRoutes(deps: {
  authenticate: Authenticate;
  cases: CaseStore;
  drafts: DraftStore;
  ratings: Pick<RatingStore, 'whole'>;
  places: Pick<PlaceStore, 'ofCase'>;
  activities: Pick<ActivityStore, 'intervalsOf'>;
  attachments: Pick<AttachmentStore, 'list'>;
  talks: Pick<TalkStore, 'ofCase' | 'messagesOf'>;
  exports: PersonExportStore;
}) {
  const { cases, drafts } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      ...{ method: 'post', path: '/v1/person-exports', callers: ['service:issuer'], body: zStudent },
      ...{ maxBodyBytes: 1_024, summary: 'Everything kept of a student in affairs, audited' },
    },
    async ({ body }) => {
      const person = parsePersonId(`student:${body.student_number}`) as PersonId;
      const kept = await deps.exports.read(person);
      const own = await casesOf(person);
      const begun = await Promise.all((await drafts.list(person)).map(({ service }) => drafts.find(person, service)));
      await deps.exports.note(person);
      return { body: { cases: own, drafts: begun, ...kept }, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  return router;

  async function casesOf(person: PersonId) {
    const own: object[] = [];
    for (let after: string | undefined; own.length < MOST_CASES; ) {
      const page = await cases.ofApplicant(person, { after, limit: PAGE, hiddenServices: [] });
      for (const one of page) own.push(await copyOf(one, person));
      after = page.at(-1)?.id;
      if (page.length < PAGE) break;
    }
    return own;
  }

  /** A case as its applicant sees it, with every form he handed in. */
  async function copyOf(loaded: LoadedCase, person: PersonId) {
    const { id, ready, state } = loaded;
    const viewer: PersonActor = { kind: 'person', person, roles: [], standsInFor: [] };
    const talks = await deps.talks.ofCase(id);
    return {
      ...caseLine(loaded),
      facts: state.applicant.facts,
      forms: state.forms.map(({ atMs, values }) => ({ at: new Date(atMs).toISOString(), values })),
      fields: shownFields(ready.definition, state, viewer),
      attachments: await deps.attachments.list(id, formAttachments(loaded, viewer)),
      history: historyAnswer(await cases.events(id), loaded, viewer),
      places: await deps.places.ofCase(id),
      attendance: await deps.activities.intervalsOf(id),
      rating: await deps.ratings.whole(id),
      talks: await Promise.all(
        talks.map(async (talk) => ({
          ...{ side: sideOf(talk, id), opened_at: talk.opened_at, ended_at: talk.ended_at },
          messages: await deps.talks.messagesOf(talk.id),
        })),
      ),
    };
  }
}
