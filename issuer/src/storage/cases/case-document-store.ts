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
import { enrolmentStateByCode, LEVELS, type NameInTwo, STUDENT_ID_CLAIM_NAMES } from '@lanyard/protocol';
import type { CaseActRequest, DocumentAct, DocumentFact } from '../../domain/cases/case-act.js';
import type { CaseDocument } from '../../domain/cases/case-document.js';
import type { FieldSealer } from '../roster/field-sealer.js';

const DAY_MS = 86_400_000;
const CODE_BYTES = 16;

/** Kept apart from the row: what the case and the register said on the day. */
type Body = Omit<CaseDocument, 'state' | 'number'>;
interface Row {
  id: number;
  body_sealed: Buffer;
  says_status: string | null;
  enrolment_status: string;
  issued_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
}
const FROM = `SELECT d.id, d.body_sealed, d.says_status, s.enrolment_status, d.issued_at, d.expires_at, d.revoked_at
  FROM case_document d JOIN student s ON s.id = d.student_id`;
const placeOf = (caseId: string, step: string): string => `case-document/${caseId}/${step}`;

/** Documents that cases issue: what the register says of a student on a day, readable by whoever has the code on it. */
export function createCaseDocumentStore(
  db: Database,
  deps: { sealer: FieldSealer; codeKey: Uint8Array; university: string; clock: Clock },
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

  function documentOf(row: Row & { case_id: string; step: string }): CaseDocument {
    const body = JSON.parse(sealer.open(row.body_sealed, placeOf(row.case_id, row.step))) as Body;
    const isOver = row.expires_at.getTime() <= clock.nowMs();
    const isUntrue = row.says_status !== null && row.says_status !== row.enrolment_status;
    const state = row.revoked_at !== null || isUntrue ? 'revoked' : isOver ? 'expired' : 'valid';
    return { ...body, state, number: numberOf(row.id, row.issued_at) };
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
        ...{ title: asked.title, university: deps.university, ...days },
        facts: [...factsOf(asked.register_facts, register), ...asked.case_facts],
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
      return { number: numberOf(rows[0].id, issuedAt), ...days };
    },
    /** With the code that goes onto it; for the case it belongs to. @throws Refusal `case-document-unknown` */
    async ofCase(caseId: string, step: string): Promise<{ document: CaseDocument; code: string }> {
      const { rows } = await db.raw(`${FROM} WHERE d.case_id = ? AND d.step = ?`, [caseId, step]);
      if (rows[0] === undefined) throw new Refusal('case-document-unknown');
      return { document: documentOf({ ...(rows[0] as Row), case_id: caseId, step }), code: codeOf(caseId, step) };
    },
    /** What whoever holds a document may read of it. @throws Refusal `case-document-unknown` */
    async byCode(code: string): Promise<CaseDocument> {
      const { rows } = await db.raw(`${FROM.replace('SELECT', 'SELECT d.case_id, d.step,')} WHERE d.code_digest = ?`, [
        digestOf(code),
      ]);
      if (rows[0] === undefined) throw new Refusal('case-document-unknown');
      return documentOf(rows[0] as Row & { case_id: string; step: string });
    },
    /** Ends a document before its day, once. @throws Refusal `case-document-unknown` */
    async revoke(number: string, reasonCode: string, actor: string): Promise<void> {
      const id = Number(number.slice(number.indexOf('-') + 1));
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          'SELECT student_id, issued_at FROM case_document WHERE id = ? FOR UPDATE',
          [id],
        );
        if (rows[0] === undefined || numberOf(id, rows[0].issued_at) !== number)
          throw new Refusal('case-document-unknown');
        const { rowCount } = await transaction.raw(
          'UPDATE case_document SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
          [new Date(clock.nowMs()), id],
        );
        if (rowCount !== 1) return;
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

/** 2026-000123: the year of issue, then counted. */
const numberOf = (id: number, issuedAt: Date): string =>
  `${dayInShanghai(issuedAt.getTime()).slice(0, 4)}-${String(id).padStart(6, '0')}`;

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
