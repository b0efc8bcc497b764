import { createHash, timingSafeEqual } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import type { DcApiResponseMode, DcqlQuery, RequestPurpose, ResponseMode } from '@lanyard/protocol';
import type { AnswerVerdict, Trusted } from '../domain/presentations/answer-reasons.js';
import type { AnswerResults } from '../domain/presentations/decide-answer.js';
import type { EvidencePlan, PresentationEvidence } from '../domain/presentations/evidence.js';
import type { VerificationTrace } from '../domain/verifications/trace.js';
import type { DoorTap } from './door-tag-store.js';
import { keepEvidence } from './evidence-store.js';
import type { PartSealer } from './part-sealer.js';
import { keepTraces } from './trace-store.js';

export type PresentationFlow = 'cross-device' | 'same-device' | 'dc-api';

/** A request as it was made. `encryptionKey` is PKCS #8, there exactly with `direct_post.jwt` and `dc_api.jwt`. */
export interface NewPresentation {
  id: string;
  caller: string;
  purpose: string | undefined;
  /** What the wallet shows as the reason of the request. */
  purposeText: RequestPurpose | undefined;
  query: DcqlQuery;
  responseMode: ResponseMode | DcApiResponseMode;
  clientId: string;
  flow: PresentationFlow;
  profile: 'haip' | undefined;
  requestUriMethod: 'get' | 'post';
  /** base64url as sent. */
  transactions: readonly string[] | undefined;
  /** Of the page that calls the Digital Credentials API; there exactly with that flow. */
  origin: string | undefined;
  /** What the caller says of its browser session; the response code is told to no other. */
  session: string | undefined;
  returnUrl: string | undefined;
  nonce: string;
  walletState: string;
  signer: { kid: Uint8Array; leaf: Uint8Array; root: Uint8Array };
  encryptionKey: { kid: string; pkcs8: Buffer } | undefined;
  createdAtMs: number;
  expiresAtMs: number;
}

/** A request that can still be answered. */
export type OpenPresentation = Omit<NewPresentation, 'session'>;

export type PresentationState = 'created' | 'fetched' | 'answered' | 'expired';
/** What the one who asked may know before claims are told. */
export interface PresentationView {
  state: PresentationState;
  query: DcqlQuery;
  hasReturnUrl: boolean;
  expiresAtMs: number;
}
/** What an answer came to; `results` are gone once they were read or too old. */
export interface ReadAnswer {
  overall: AnswerVerdict & Trusted;
  results: AnswerResults | undefined;
}

const RESULT_KEPT_MS = 600_000;
const READ_AGAIN_MS = 60_000;
const ROW_KEPT_MS = 86_400_000;
const OPEN_COLUMNS = `id, caller, purpose, purpose_text, dcql_query, response_mode, client_id, flow, return_url, nonce, wallet_state,
  signer_kid, leaf, root, encryption_kid, encryption_key_sealed, profile, request_uri_method, transaction_data, origin,
  created_at, expires_at`;

const INSERT = `INSERT INTO presentation_request (${OPEN_COLUMNS}, session_digest, state)`;
const QUESTION_MARKS = Array.from({ length: 24 }, () => '?').join(', ');
/** The statement that consumes a tap is the one that makes its request: there is no time between the two. */
const INSERT_FOR_TAP = `WITH tapped AS (
    UPDATE door_tag SET last_counter = ?, last_tap_at = ?, touches = touches + 1 WHERE number = ? AND last_counter < ? AND withdrawn_at IS NULL
    RETURNING number, checkpoint_id),
  made AS (${INSERT} SELECT ${QUESTION_MARKS} FROM tapped RETURNING id)
  INSERT INTO door_tap (request_id, tag_number, counter, checkpoint_id, tapped_at)
  SELECT made.id, tapped.number, ?, tapped.checkpoint_id, ? FROM made, tapped`;

/**
 * Requests for presentations. One UPDATE with a WHERE decides who was first: exactly one answer is ever taken, and a
 * response code tells once. Keys and claims are sealed, and each audit row is written with its change.
 */
export function createPresentationStore(db: Database, parts: { sealer: PartSealer; clock: Clock }) {
  const { sealer, clock } = parts;
  const at = (offsetMs = 0) => new Date(clock.nowMs() + offsetMs);
  const audit = (transaction: Transaction, actor: string, action: string, id: string, detail: object = {}) =>
    appendAudit(
      transaction,
      [{ actor, action, subject: `presentation:${id}`, detail: detail as Record<string, unknown> }],
      clock.nowMs(),
    );

  function toOpen(row: OpenRow): OpenPresentation {
    const sealed = row.encryption_key_sealed;
    return {
      id: row.id,
      caller: row.caller,
      purpose: row.purpose ?? undefined,
      purposeText: row.purpose_text ?? undefined,
      query: row.dcql_query,
      responseMode: row.response_mode,
      clientId: row.client_id,
      flow: row.flow,
      profile: row.profile ?? undefined,
      requestUriMethod: row.request_uri_method,
      transactions: row.transaction_data ?? undefined,
      origin: row.origin ?? undefined,
      returnUrl: row.return_url ?? undefined,
      nonce: row.nonce,
      walletState: row.wallet_state,
      signer: { kid: row.signer_kid, leaf: row.leaf, root: row.root },
      encryptionKey:
        sealed === null || row.encryption_kid === null
          ? undefined
          : { kid: row.encryption_kid, pkcs8: sealer.open(sealed, `${row.id} key`) },
      createdAtMs: row.created_at.getTime(),
      expiresAtMs: row.expires_at.getTime(),
    };
  }

  function toAnswer(id: string, row: AnswerRow): ReadAnswer {
    const overall = {
      verdict: row.verdict,
      ...(row.reason === null ? {} : { reason: row.reason }),
      ...(row.trust === null ? {} : { trust: row.trust }),
    } as AnswerVerdict & Trusted;
    const sealed = row.result_sealed;
    const results =
      sealed === null ? undefined : (JSON.parse(sealer.open(sealed, `${id} result`).toString()) as AnswerResults);
    return { overall, results };
  }

  async function createIn(
    transaction: Transaction,
    made: NewPresentation,
    actor: string,
    tap?: DoorTap,
  ): Promise<boolean> {
    const key = made.encryptionKey;
    const inserted = await transaction.raw(
      tap === undefined ? `${INSERT} VALUES (${QUESTION_MARKS})` : INSERT_FOR_TAP,
      [
        ...(tap === undefined ? [] : [tap.counter, at(), tap.tagNumber, tap.counter]),
        ...[made.id, made.caller, made.purpose ?? null],
        ...[made.purposeText === undefined ? null : JSON.stringify(made.purposeText)],
        ...[JSON.stringify(made.query), made.responseMode],
        ...[made.clientId, made.flow, made.returnUrl ?? null, made.nonce, made.walletState],
        ...[made.signer.kid, made.signer.leaf, made.signer.root].map((bytes) => Buffer.from(bytes)),
        ...[key?.kid ?? null, key === undefined ? null : sealer.seal(key.pkcs8, `${made.id} key`)],
        ...[made.profile ?? null, made.requestUriMethod],
        ...[made.transactions === undefined ? null : JSON.stringify(made.transactions), made.origin ?? null],
        ...[new Date(made.createdAtMs), new Date(made.expiresAtMs)],
        made.session === undefined ? null : digestOf(made.session),
        // Over the Digital Credentials API the request goes out with the answer to its making.
        made.flow === 'dc-api' ? 'fetched' : 'created',
        ...(tap === undefined ? [] : [tap.counter, at()]),
      ],
    );
    if (inserted.rowCount !== 1) return false;
    const asked = made.query.credentials.map(({ id, claims }) => ({ id, claims: claims?.map(({ path }) => path) }));
    await audit(transaction, actor, 'presentation.requested', made.id, {
      ...(made.purpose === undefined ? {} : { purpose: made.purpose }),
      flow: made.flow,
      ...(made.profile === undefined ? {} : { profile: made.profile }),
      ...(made.transactions === undefined ? {} : { transactions: made.transactions.length }),
      asked,
    });
    return true;
  }

  return {
    /** False only where a tap was given and another request has taken it: then nothing was made. */
    create: (made: NewPresentation, actor: string, tap?: DoorTap): Promise<boolean> =>
      db.transaction((transaction) => createIn(transaction, made, actor, tap)),
    createIn,

    /** What a wallet may still fetch, without saying that it did. */
    async findOpen(id: string): Promise<OpenPresentation | undefined> {
      const { rows } = await db.raw(
        `SELECT ${OPEN_COLUMNS} FROM presentation_request
         WHERE id = ? AND flow <> 'dc-api' AND state IN ('created', 'fetched') AND expires_at > ?`,
        [id, at()],
      );
      return rows[0] === undefined ? undefined : toOpen(rows[0]);
    },

    /** For the wallet that fetches the request object; undefined once it was answered or has expired. */
    async fetch(id: string): Promise<OpenPresentation | undefined> {
      const { rows } = await db.raw(
        `UPDATE presentation_request SET state = 'fetched'
         WHERE id = ? AND flow <> 'dc-api' AND state IN ('created', 'fetched') AND expires_at > ?
         RETURNING ${OPEN_COLUMNS}`,
        [id, at()],
      );
      return rows[0] === undefined ? undefined : toOpen(rows[0]);
    },

    /** For an answer: nobody knows nonce and state before the request object was fetched. */
    async findFetched(id: string): Promise<OpenPresentation | undefined> {
      const { rows } = await db.raw(
        `SELECT ${OPEN_COLUMNS} FROM presentation_request
         WHERE id = ? AND flow <> 'dc-api' AND state = 'fetched' AND expires_at > ?`,
        [id, at()],
      );
      return rows[0] === undefined ? undefined : toOpen(rows[0]);
    },

    /** For an answer that a page brings to the caller that made the request. */
    async findForPage(id: string, caller: string): Promise<OpenPresentation | 'over' | undefined> {
      const { rows } = await db.raw(
        `SELECT ${OPEN_COLUMNS}, state = 'fetched' AND expires_at > ? AS open FROM presentation_request
         WHERE id = ? AND caller = ? AND flow = 'dc-api'`,
        [at(), id, caller],
      );
      if (rows[0] === undefined) return undefined;
      return rows[0].open ? toOpen(rows[0]) : 'over';
    },

    async exists(id: string): Promise<boolean> {
      const { rows } = await db.raw("SELECT 1 FROM presentation_request WHERE id = ? AND flow <> 'dc-api'", [id]);
      return rows.length === 1;
    },

    /** True for the one answer that is taken. */
    async take(
      id: string,
      answer: {
        overall: AnswerVerdict & Trusted;
        results: AnswerResults;
        responseCode: string | undefined;
        /** Undefined where nothing is kept. */
        evidence: (EvidencePlan & { evidence: PresentationEvidence }) | undefined;
        /** For the holders' own lists. */
        traces: readonly VerificationTrace[];
      },
      actor = 'anonymous',
    ): Promise<boolean> {
      const { overall, results, responseCode, evidence, traces } = answer;
      return db.transaction(async (transaction) => {
        const taken = await transaction.raw(
          `UPDATE presentation_request SET state = 'answered', answered_at = ?, verdict = ?, reason = ?, trust = ?,
             result_sealed = ?, response_code_digest = ?, encryption_key_sealed = NULL
           WHERE id = ? AND state IN ('fetched') AND expires_at > ?`,
          [
            at(),
            overall.verdict,
            overall.reason ?? null,
            overall.trust ?? null,
            sealer.seal(Buffer.from(JSON.stringify(results)), `${id} result`),
            responseCode === undefined ? null : digestOf(responseCode),
            id,
            at(),
          ],
        );
        if (taken.rowCount !== 1) return false;
        await keepTraces(transaction, traces);
        if (evidence !== undefined) await keepEvidence(transaction, sealer, { id, nowMs: clock.nowMs(), ...evidence });
        await audit(transaction, actor, 'presentation.answered', id, {
          verdict: overall.verdict,
          ...(overall.reason === undefined ? {} : { reason: overall.reason }),
          ...(overall.trust === undefined ? {} : { trust: overall.trust }),
        });
        return true;
      });
    },

    /** Only for the caller that made it. */
    async view(id: string, caller: string): Promise<PresentationView | undefined> {
      const { rows } = await db.raw(
        'SELECT state, dcql_query, return_url, expires_at FROM presentation_request WHERE id = ? AND caller = ?',
        [id, caller],
      );
      const row: ViewRow | undefined = rows[0];
      if (row === undefined) return undefined;
      const over = row.state !== 'answered' && row.expires_at.getTime() <= clock.nowMs();
      return {
        state: over ? 'expired' : row.state,
        query: row.dcql_query,
        hasReturnUrl: row.return_url !== null,
        expiresAtMs: row.expires_at.getTime(),
      };
    },

    /** An answer without a return address. Claims are told again for a minute, should the first telling be lost. */
    async read(id: string, actor: string): Promise<ReadAnswer> {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE presentation_request SET read_at = coalesce(read_at, ?)
           WHERE id = ? AND state = 'answered' AND return_url IS NULL
           RETURNING verdict, reason, trust, CASE WHEN read_at >= ? AND expires_at > ? THEN result_sealed END AS result_sealed`,
          [at(), id, at(-READ_AGAIN_MS), at(-RESULT_KEPT_MS)],
        );
        await audit(transaction, actor, 'presentation.read', id);
        return toAnswer(id, rows[0]);
      });
    },

    /**
     * An answer against its response code, once, and only for the browser session the request was made for (§14.3). The
     * work is the same whether the code is right or not; another session does not use the code up.
     */
    async redeem(
      id: string,
      responseCode: string,
      session: string | undefined,
      actor: string,
    ): Promise<ReadAnswer | 'invalid' | 'used' | 'other-session'> {
      const sessionDigest = session === undefined ? null : digestOf(session);
      const digest = digestOf(responseCode);
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE presentation_request SET read_at = ?
           WHERE id = ? AND response_code_digest = ? AND session_digest IS NOT DISTINCT FROM ?::bytea
             AND read_at IS NULL AND expires_at > ?
           RETURNING verdict, reason, trust, result_sealed`,
          [at(), id, digest, sessionDigest, at(-RESULT_KEPT_MS)],
        );
        const kept = await transaction.raw(
          `SELECT response_code_digest, read_at, session_digest IS NOT DISTINCT FROM ?::bytea AS same_session
           FROM presentation_request WHERE id = ?`,
          [sessionDigest, id],
        );
        const known: Buffer = kept.rows[0]?.response_code_digest ?? digestOf('');
        const right = timingSafeEqual(known, digest);
        if (rows[0] === undefined) {
          if (!right) return 'invalid';
          if (kept.rows[0]?.same_session !== true) return 'other-session';
          return kept.rows[0]?.read_at !== null ? 'used' : 'invalid';
        }
        await transaction.raw('UPDATE presentation_request SET result_sealed = NULL WHERE id = ?', [id]);
        await audit(transaction, actor, 'presentation.read', id);
        return toAnswer(id, rows[0]);
      });
    },

    /** Claims that were read, claims and keys ten minutes after the end, and rows after a day. */
    async sweep(): Promise<void> {
      await db.raw(
        `UPDATE presentation_request SET result_sealed = NULL, encryption_key_sealed = NULL
         WHERE (result_sealed IS NOT NULL OR encryption_key_sealed IS NOT NULL) AND (read_at < ? OR expires_at < ?)`,
        [at(-READ_AGAIN_MS), at(-RESULT_KEPT_MS)],
      );
      await db.raw('DELETE FROM presentation_request WHERE expires_at < ?', [at(-ROW_KEPT_MS)]);
    },
  };
}
export type PresentationStore = ReturnType<typeof createPresentationStore>;

interface OpenRow {
  id: string;
  caller: string;
  purpose: string | null;
  purpose_text: RequestPurpose | null;
  dcql_query: DcqlQuery;
  response_mode: OpenPresentation['responseMode'];
  client_id: string;
  flow: PresentationFlow;
  profile: 'haip' | null;
  request_uri_method: 'get' | 'post';
  transaction_data: readonly string[] | null;
  origin: string | null;
  return_url: string | null;
  nonce: string;
  wallet_state: string;
  signer_kid: Buffer;
  leaf: Buffer;
  root: Buffer;
  encryption_kid: string | null;
  encryption_key_sealed: Buffer | null;
  created_at: Date;
  expires_at: Date;
}

interface ViewRow {
  state: 'created' | 'fetched' | 'answered';
  dcql_query: DcqlQuery;
  return_url: string | null;
  expires_at: Date;
}

interface AnswerRow {
  verdict: string;
  reason: string | null;
  trust: 'local' | null;
  result_sealed: Buffer | null;
}

function digestOf(responseCode: string): Buffer {
  return createHash('sha256').update(responseCode).digest();
}
