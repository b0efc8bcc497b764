import { createHash, createHmac } from 'node:crypto';
import {
  appendAudit,
  type Clock,
  type Database,
  dayInShanghai,
  type Queryable,
  Refusal,
  type Transaction,
} from '@lanyard/platform';
import {
  enrolmentStateByCode,
  LEVELS,
  type NameInTwo,
  STUDENT_ID_CLAIM_NAMES,
  type StudentDocumentClaims,
} from '@lanyard/protocol';
import type { CaseActRequest, DocumentAct, DocumentFact } from '../../domain/cases/case-act.js';
import { type CaseDocument, documentNumberOf, documentRowOf } from '../../domain/cases/case-document.js';
import { lockStudents } from '../life/read-lives.js';
import { propagateStudentChange, tellHolders } from '../people/propagate-change.js';
import type { FieldSealer } from '../roster/field-sealer.js';

const DAY_MS = 86_400_000;
const CODE_BYTES = 16;

/** Whom the facts of a document name, where they do: claims of their own in a copy. */
type Named = Pick<StudentDocumentClaims, 'name' | 'student_number'>;
/** Kept apart from the row: what the case and the register said on the day. */
type Body = Omit<CaseDocument, 'state' | 'number'> & { readonly named?: Named };
interface Row {
  id: number;
  case_id: string;
  step: string;
  body_sealed: Buffer;
  paper_state: 'valid' | 'revoked';
  issued_at: Date;
  expires_at: Date;
}
const FROM = `SELECT d.id, d.case_id, d.step, d.body_sealed, ds.paper_state, d.issued_at, d.expires_at
  FROM case_document d JOIN document_standing ds ON ds.document_id = d.id`;
/** What of the register is a claim of its own in a copy, and no fact among the others. */
const NAMED = ['name', 'student_number'] as const;

/** A document of which a wallet gets copies. */
export interface HeldDocument {
  readonly id: number;
  readonly number: string;
  readonly state: 'valid' | 'suspended' | 'revoked' | 'expired';
  readonly endsAtSeconds: number;
  readonly claims: StudentDocumentClaims;
}
const placeOf = (caseId: string, step: string): string => `case-document/${caseId}/${step}`;

/** Documents that cases issue: what the register says of a student on a day, readable by whoever has the code on it. */
export function createCaseDocumentStore(
  db: Database,
  deps: {
    sealer: FieldSealer;
    codeKey: Uint8Array;
    university: { readonly code: string; readonly name: string };
    clock: Clock;
  },
) {
  const { sealer, clock } = deps;
  /** 128 bits, derived: a document is drawn again with the same code, and the database cannot make one. */
  const codeOf = (caseId: string, step: string): string =>
    createHmac('sha256', deps.codeKey)
      .update(`${caseId} ${step}`)
      .digest()
      .subarray(0, CODE_BYTES)
      .toString('base64url');
  const digestOf = (code: string): Buffer => createHash('sha256').update(code).digest();

  const bodyOf = (row: Pick<Row, 'body_sealed' | 'case_id' | 'step'>): Body =>
    JSON.parse(sealer.open(row.body_sealed, placeOf(row.case_id, row.step)));

  function documentOf(row: Row): CaseDocument {
    const { named: _, ...body } = bodyOf(row);
    const isOver = row.expires_at.getTime() <= clock.nowMs();
    const state = row.paper_state === 'revoked' ? 'revoked' : isOver ? 'expired' : 'valid';
    return { ...body, state, number: documentNumberOf(row.id, row.issued_at) };
  }

  return {
    /** Writes a document down. The register says its facts; the case adds what the form asked. */
    async issue(
      transaction: Transaction,
      studentId: number,
      request: CaseActRequest & { asked: DocumentAct },
    ): Promise<{ number: string; issued_on: string; expires_on: string }> {
      const { asked, case: caseId, step } = request;
      const register = await readFacts(transaction, studentId);
      const issuedAt = new Date(clock.nowMs());
      const expiresAt = new Date(clock.nowMs() + asked.valid_days * DAY_MS);
      const days = {
        issued_on: dayInShanghai(issuedAt.getTime()),
        expires_on: dayInShanghai(expiresAt.getTime()),
      };
      const body: Body = {
        ...{ title: asked.title, university: deps.university.name, ...days },
        facts: [...factsOf(asked.register_facts, register), ...asked.case_facts],
        named: namedOf(asked.register_facts, register),
      };
      const saysStatus = asked.register_facts.includes('enrolment_status') ? register.enrolment_status : null;
      const { rows } = await transaction.raw(
        `INSERT INTO case_document (case_id, step, student_id, document, code_digest, body_sealed, says_status, issued_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
        [
          ...[caseId, step, studentId, asked.document, digestOf(codeOf(caseId, step))],
          ...[sealer.seal(JSON.stringify(body), placeOf(caseId, step)), saysStatus as never, issuedAt, expiresAt],
        ],
      );
      await tellHolders(transaction, [studentId]);
      return { number: documentNumberOf(rows[0].id, issuedAt), ...days };
    },
    /** With the code that goes onto it; for the case it belongs to. @throws Refusal `case-document-unknown` */
    async ofCase(caseId: string, step: string): Promise<{ document: CaseDocument; code: string }> {
      const { rows } = await db.raw(`${FROM} WHERE d.case_id = ? AND d.step = ?`, [caseId, step]);
      if (rows[0] === undefined) throw new Refusal('case-document-unknown');
      return { document: documentOf(rows[0]), code: codeOf(caseId, step) };
    },
    /** What whoever holds a document may read of it. @throws Refusal `case-document-unknown` */
    async byCode(code: string): Promise<CaseDocument> {
      const { rows } = await db.raw(`${FROM} WHERE d.code_digest = ?`, [digestOf(code)]);
      if (rows[0] === undefined) throw new Refusal('case-document-unknown');
      return documentOf(rows[0]);
    },
    /** Documents of a student, the newest first, by what is on the paper's head. @throws Refusal `student-not-found` */
    async listOf(studentNumber: string): Promise<Omit<CaseDocument, 'facts' | 'university'>[]> {
      const { rows: students } = await db.raw('SELECT id FROM student WHERE student_number = ?', [studentNumber]);
      if (students[0] === undefined) throw new Refusal('student-not-found');
      const { rows } = await db.raw(`${FROM} WHERE d.student_id = ? ORDER BY d.id DESC LIMIT 100`, [students[0].id]);
      return (rows as Row[]).map((row) => {
        const { facts: _, university: __, ...head } = documentOf(row);
        return head;
      });
    },
    /**
     * A document of this student for copies of it, kept from ending until the transaction does; undefined for another's
     * number and for one that nobody has.
     */
    async forCopies(transaction: Transaction, studentId: number, number: string): Promise<HeldDocument | undefined> {
      const id = documentRowOf(number);
      if (id === undefined) return undefined;
      const { rows } = await transaction.raw(
        `SELECT d.id, d.case_id, d.step, d.document, d.body_sealed, d.issued_at, d.expires_at, ds.copy_state
         FROM case_document d JOIN document_standing ds ON ds.document_id = d.id
         WHERE d.id = ? AND d.student_id = ? FOR SHARE OF d`,
        [id, studentId],
      );
      const row = rows[0];
      if (row === undefined || documentNumberOf(row.id, row.issued_at) !== number) return undefined;
      const isOver = row.copy_state === 'valid' && row.expires_at.getTime() <= clock.nowMs();
      return {
        ...{ id: row.id, number, state: isOver ? 'expired' : row.copy_state },
        endsAtSeconds: Math.floor(row.expires_at.getTime() / 1000),
        claims: claimsOf(bodyOf(row), { number, kind: row.document, universityCode: deps.university.code }),
      };
    },
    /** Ends a document and its copies before its day, once. @throws Refusal `case-document-unknown` */
    async revoke(number: string, reasonCode: string, actor: string): Promise<void> {
      const id = documentRowOf(number) ?? -1;
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw('SELECT student_id, issued_at FROM case_document WHERE id = ?', [id]);
        if (rows[0] === undefined || documentNumberOf(id, rows[0].issued_at) !== number)
          throw new Refusal('case-document-unknown');
        // Whoever issues copies holds the student first, too.
        await lockStudents(transaction, [rows[0].student_id]);
        const { rowCount } = await transaction.raw(
          'UPDATE case_document SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
          [new Date(clock.nowMs()), id],
        );
        if (rowCount !== 1) return;
        await propagateStudentChange(transaction, [rows[0].student_id]);
        const event = {
          ...{ actor, action: 'case-document.revoked', subject: `student:${rows[0].student_id}` },
          detail: { number, reason_code: reasonCode },
        };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
  };
}
export type CaseDocumentStore = ReturnType<typeof createCaseDocumentStore>;

type Facts = Record<DocumentFact, string | null>;

async function readFacts(on: Queryable, studentId: number): Promise<Facts & { enrolment_status: string }> {
  const { rows } = await on.raw(
    `SELECT name, student_number, college, major, class, level, entry_date, expected_graduation, enrolment_status, registered_until
     FROM student WHERE id = ? FOR SHARE`,
    [studentId],
  );
  return rows[0];
}

/** Codes of the register as people read them; what is no code is itself in both languages. */
function wordsOf(fact: DocumentFact, value: string): NameInTwo {
  const zh =
    fact === 'enrolment_status'
      ? enrolmentStateByCode(value)?.zh[0]
      : fact === 'level'
        ? LEVELS.find(({ code }) => code === value)?.zh[0]
        : undefined;
  return zh === undefined ? { zh: value, en: value } : { zh, en: value.replaceAll('-', ' ') };
}

/** In the order asked for; what the register does not hold is left out. */
function factsOf(wanted: readonly DocumentFact[], register: Facts): CaseDocument['facts'] {
  return wanted.flatMap((fact) => {
    const value = register[fact];
    if (value === null || value === '') return [];
    return [{ title: STUDENT_ID_CLAIM_NAMES[fact], value: wordsOf(fact, value) }];
  });
}

function namedOf(wanted: readonly DocumentFact[], register: Facts): Named {
  const held = NAMED.filter((fact) => wanted.includes(fact) && register[fact] !== null && register[fact] !== '');
  return Object.fromEntries(held.map((fact) => [fact, register[fact]]));
}

/** What a copy says: the paper's words, and whom they name apart from the rest, so that it can be kept back. */
function claimsOf(
  { title, university, issued_on, expires_on, facts, named = {} }: Body,
  of: { readonly number: string; readonly kind: string; readonly universityCode: string },
): StudentDocumentClaims {
  // Facts of the register stand in front of the form's, so the first of a title is the register's.
  const apart = NAMED.filter((name) => named[name] !== undefined).map((name) =>
    facts.findIndex((fact) => fact.title.en === STUDENT_ID_CLAIM_NAMES[name].en),
  );
  const others = facts.filter((_, place) => !apart.includes(place));
  return {
    ...{ document_number: of.number, kind: of.kind, title, university_code: of.universityCode },
    ...{ university_name: university, ...named, issued_on, valid_until: expires_on },
    ...(others.length === 0 ? {} : { facts: others }),
  };
}
