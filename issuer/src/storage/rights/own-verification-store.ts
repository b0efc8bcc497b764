import { AUDIT_SUBJECT, type Clock, type Database, type Logger } from '@lanyard/platform';
import type {
  Disclosure,
  IdentityPeople,
  VerifierPeople,
  VerifierVerification,
} from '../../adapters/other-services.js';
import {
  cohortOf,
  type ListPlace,
  type MissingSource,
  type OwnVerification,
  type OwnVerificationPage,
  pageOf,
} from '../../domain/rights/own-verification.js';
import type { LookStore } from '../students/look-store.js';
import type { PartnerSubjectStore } from '../students/partner-subject-store.js';

/** Presentations are traced this long at the verifier. */
const TRACED_MS = 180 * 86_400_000;
const ENTRIES_AT_MOST = 40_000;
const LOOKS_AT_MOST = 500;
/** What a page or face shows to staff. */
const PAGE_CLAIMS = ['name', 'student_number', 'college', 'class', 'portrait'];
const FACE_CLAIMS = ['name', 'portrait'];

const QUIET = { who: null, asker: 'staff', purpose: null, reason: null, result: 'shown', result_reason: null } as const;

/**
 * Everything a student was part of: our own looks, what the verifier has under his rows, entries and subjects, and the
 * services that the identity layer told of him. The verifier is asked about a cohort, never about one.
 */
export function createOwnVerificationStore(
  db: Database,
  parts: {
    looks: Pick<LookStore, 'ofStudent'>;
    subjects: Pick<PartnerSubjectStore, 'subjectsOf'>;
    /** Undefined where no address of it is configured. */
    verifier: VerifierPeople | undefined;
    identity: IdentityPeople | undefined;
    clock: Clock;
    log: Logger;
  },
) {
  const { looks, subjects, verifier, identity, clock, log } = parts;

  async function ownLooks(studentId: number): Promise<OwnVerification[]> {
    const [shown, audited, opened] = await Promise.all([
      looks.ofStudent(db, studentId, LOOKS_AT_MOST),
      db.raw(
        `SELECT at, action FROM audit WHERE action IN ('student.viewed', 'student.face-shown')
           AND row_text IS NOT NULL AND ${AUDIT_SUBJECT} = ? ORDER BY id DESC LIMIT ?`,
        [`student:${studentId}`, LOOKS_AT_MOST],
      ),
      db.raw(
        `SELECT p.at, o.reason, o.document_number FROM opened_person p JOIN passage_opening o ON o.id = p.opening_id
         WHERE p.student_id = ? AND p.visible_from <= ? ORDER BY p.at DESC LIMIT 100`,
        [studentId, new Date(clock.nowMs())],
      ),
    ]);
    return [
      ...shown.map(
        ({ at, kind, place_zh, place_en, purpose, reason }): OwnVerification => ({
          ...QUIET,
          ...{ at, kind: `look-${kind}`, purpose, reason, claims: PAGE_CLAIMS },
          who: place_zh === null || place_en === null ? null : { name_zh: place_zh, name_en: place_en },
        }),
      ),
      ...(audited.rows as { at: Date; action: string }[]).map(
        ({ at, action }): OwnVerification => ({
          ...{ ...QUIET, at: Math.floor(at.getTime() / 1000) },
          ...(action === 'student.viewed'
            ? { kind: 'page', claims: PAGE_CLAIMS }
            : { kind: 'face', claims: FACE_CLAIMS }),
        }),
      ),
      ...(opened.rows as { at: Date; reason: string; document_number: string }[]).map(
        ({ at, reason, document_number }): OwnVerification => ({
          ...{ ...QUIET, at: Math.floor(at.getTime() / 1000), kind: 'opening', asker: 'three-approvals' },
          ...{ reason, purpose: document_number, claims: ['passages'] },
        }),
      ),
    ];
  }

  /** Rows, entries and subjects of eight people; which of them belong to the one who asks stays here. */
  async function atVerifier(studentId: number): Promise<VerifierVerification[]> {
    if (verifier === undefined) return [];
    const { from, to } = cohortOf(studentId);
    const rows = await db.raw(
      'SELECT student_id, row_number FROM holder WHERE student_id BETWEEN ? AND ? AND row_number IS NOT NULL ORDER BY row_number',
      [from, to],
    );
    const entries = await db.raw(
      `SELECT student_id, list_id, list_index FROM credential WHERE student_id BETWEEN ? AND ? AND expires_at > ?
       ORDER BY list_id DESC, list_index LIMIT ?`,
      [from, to, new Date(clock.nowMs() - TRACED_MS), ENTRIES_AT_MOST],
    );
    const cohort = Array.from({ length: to - from + 1 }, (_, place) => from + place);
    const subjectsOfAll = await Promise.all(cohort.map((id) => subjects.subjectsOf(db, id)));
    const found = await verifier.find({
      rows: (rows.rows as RowOf[]).map(({ row_number }) => Number(row_number)),
      entries: (entries.rows as EntryOf[]).map(({ list_id, list_index }) => [Number(list_id), list_index] as const),
      // Sorted: their order would say whose is whose.
      subjects: subjectsOfAll.flat().sort(),
    });
    const own = new Set<string>([
      ...(rows.rows as RowOf[]).filter(isOf(studentId)).map(({ row_number }) => `row ${row_number}`),
      ...(entries.rows as EntryOf[])
        .filter(isOf(studentId))
        .map((entry) => `entry ${entry.list_id} ${entry.list_index}`),
      ...(subjectsOfAll[studentId - from] ?? []).map((subject) => `subject ${subject}`),
    ]);
    return found.filter(({ by }) => own.has(nameOf(by)));
  }

  async function askOr<T>(missing: MissingSource[], source: MissingSource, ask: () => Promise<T[]>): Promise<T[]> {
    try {
      return await ask();
    } catch (error) {
      missing.push(source);
      log.warn('rights.source-away', { detail: `${source}: ${error instanceof Error ? error.message : 'unknown'}` });
      return [];
    }
  }

  async function all(student: { id: number; number: string }) {
    const missing: MissingSource[] = [];
    const [own, told, disclosed] = await Promise.all([
      ownLooks(student.id),
      askOr(missing, 'verifier', () => atVerifier(student.id)),
      askOr(missing, 'idp', async () => (await identity?.disclosures(student.number)) ?? []),
    ]);
    return { list: [...own, ...told.map(toldOf), ...disclosed.map(disclosureOf)], missing };
  }

  return {
    all,
    /** A page of the list, the newest first. What cannot be asked is named. */
    async page(studentId: number, place: ListPlace | undefined, limit: number): Promise<OwnVerificationPage> {
      const { rows } = await db.raw('SELECT student_number FROM student WHERE id = ?', [studentId]);
      const { list, missing } = await all({ id: studentId, number: rows[0]?.student_number ?? '' });
      return { ...pageOf(list, place, limit), missing };
    },
  };
}
export type OwnVerificationStore = ReturnType<typeof createOwnVerificationStore>;

interface RowOf {
  student_id: string | number;
  row_number: string | number;
}
interface EntryOf {
  student_id: string | number;
  list_id: string | number;
  list_index: number;
}
const isOf = (studentId: number) => (row: { student_id: string | number }) => Number(row.student_id) === studentId;

function nameOf(by: VerifierVerification['by']): string {
  if ('row' in by) return `row ${by.row}`;
  return 'entry' in by ? `entry ${by.entry.join(' ')}` : `subject ${by.subject}`;
}

function toldOf(found: VerifierVerification): OwnVerification {
  const { at, kind, place, asker, partner, purpose, claims, verdict, reason } = found;
  const named = partner ?? place;
  return {
    ...{ at, kind, asker: named === null ? asker : null },
    who: named === null ? null : { name_zh: named.name_zh, name_en: named.name_en },
    purpose: purpose === null ? null : { name_zh: purpose.name_zh, name_en: purpose.name_en },
    ...{ reason: null, claims, result: verdict, result_reason: reason },
  };
}

function disclosureOf({ at, name_zh, name_en, purpose_zh, purpose_en, claims }: Disclosure): OwnVerification {
  return {
    ...{ at, kind: 'service', asker: null, who: { name_zh, name_en }, claims },
    purpose: purpose_zh === '' ? null : { name_zh: purpose_zh, name_en: purpose_en },
    ...{ reason: null, result: 'told', result_reason: null },
  };
}
