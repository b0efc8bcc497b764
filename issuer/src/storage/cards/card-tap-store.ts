import { createHash } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, type Queryable } from '@lanyard/platform';
import { type EnrolmentStatus, encodeRowState } from '@lanyard/protocol';
import { cardKey, decryptPiccData, NfcError, type VerifiedSun, verifySun } from '@lanyard/protocol/nfc';
import { nodeAes } from '@lanyard/protocol/node-crypto';
import type { CardKeys } from '../../adapters/card-keys.js';
import { type CardState, refusalOfState } from '../../domain/cards/card-state.js';

/** One read of a card, as a reader or the public page got it. `id` is the reader's, 16 random bytes. */
export interface CardTap {
  readonly id: Buffer;
  readonly keyVersion: number;
  readonly piccData: Uint8Array;
  readonly cmac: Uint8Array;
}

export type CardTapRefusal =
  | 'malformed'
  | 'unknown-issuer'
  | 'issuer-signature-invalid'
  | 'unknown-handle'
  | 'suspended'
  | 'revoked'
  | 'replayed';

/** What the verifier's policy looks at; the same facts as a row of the people part, as they are now. */
export interface CardHolder {
  readonly row: number;
  /** State byte (docs/formats.md, enrolment states). */
  readonly state: number;
  readonly policy_class: number;
  /** 8 bytes in base64url. */
  readonly portrait_id?: string;
}

export type CardTapAnswer =
  | { readonly result: 'accepted'; readonly holder: CardHolder }
  | { readonly result: 'rejected'; readonly reason: CardTapRefusal };

const KEPT_MS = 8 * 86_400_000;
const REPLAYS_APART_MS = 1_000;

/**
 * Taps of campus cards. A genuine read moves the card's counter in one UPDATE … WHERE last_counter < $1, whatever state
 * the card is in; so of any number of requests with one address, at any number of processes, one is accepted.
 */
export function createCardTapStore(db: Database, parts: { keys: CardKeys; clock: Clock }) {
  const { keys, clock } = parts;

  /** UID and counter under a CMAC that holds, or why not. */
  async function prove(tap: CardTap): Promise<VerifiedSun | CardTapRefusal> {
    const known = await db.raw('SELECT 1 FROM card_batch WHERE key_version = ?', [tap.keyVersion]);
    if (known.rowCount !== 1) return 'unknown-issuer';
    const master = keys.master(tap.keyVersion);
    try {
      const said = decryptPiccData(nodeAes, cardKey(nodeAes, master, noUid, 1), tap.piccData);
      return verifySun(nodeAes, cardKey(nodeAes, master, said.uid, 2), said, tap.cmac);
    } catch (error) {
      if (error instanceof NfcError) return 'issuer-signature-invalid';
      throw error;
    }
  }

  async function accept(tap: CardTap, content: Buffer, sun: VerifiedSun, card: KnownCard): Promise<CardTapAnswer> {
    const answer = await db.transaction(async (transaction) => {
      const now = new Date(clock.nowMs());
      // A parallel tap with the same id waits here for the first one's end.
      const mine = await transaction.raw(
        'INSERT INTO card_tap (id, content_digest, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        [tap.id, content, now],
      );
      if (mine.rowCount !== 1) {
        const { rows } = await transaction.raw('SELECT content_digest, answer FROM card_tap WHERE id = ?', [tap.id]);
        return rows[0] === undefined ? rejected('malformed') : answerOf(rows[0], content);
      }
      const moved = await transaction.raw(
        'UPDATE card SET last_counter = ?, last_tap_at = ? WHERE id = ? AND last_counter < ? RETURNING state, student_id',
        [sun.counter, now, card.id, sun.counter],
      );
      const decided = await judge(transaction, moved.rows[0], now);
      await transaction.raw('UPDATE card_tap SET answer = ? WHERE id = ?', [JSON.stringify(decided), tap.id]);
      return decided;
    });
    if (answer.result === 'rejected' && answer.reason === 'replayed') await noteReplay(card, sun.counter);
    return answer;
  }

  /**
   * Counts a read whose counter was seen before: once a second at most for one counter, with one audit row for it, so
   * that whoever holds an old address can neither fill the audit nor hold the card's row.
   */
  async function noteReplay(card: KnownCard, counter: number): Promise<void> {
    const now = new Date(clock.nowMs());
    const sameCounter = card.alarmed_counter === counter;
    const justNow = card.last_replay_at !== null && now.getTime() - card.last_replay_at.getTime() < REPLAYS_APART_MS;
    if (sameCounter && justNow) return;
    await db.transaction(async (transaction) => {
      const counted = await transaction.raw(
        `UPDATE card SET replays = replays + 1, alarmed_counter = ?, last_replay_at = ?
         WHERE id = ? AND (alarmed_counter IS DISTINCT FROM ? OR last_replay_at <= ?)`,
        [counter, now, card.id, counter, new Date(now.getTime() - REPLAYS_APART_MS)],
      );
      if (counted.rowCount !== 1 || sameCounter) return;
      const detail = { counter, last_counter: card.last_counter };
      const event = { actor: 'service:verifier', action: 'card.replayed', subject: `card:${card.id}`, detail };
      await appendAudit(transaction, [event], clock.nowMs());
    });
  }

  /**
   * What is known of tap and card in one snapshot. Counter and answer are written in one transaction, so where the
   * counter has moved and this id has no answer, another read moved it.
   */
  async function look(
    tap: CardTap,
    digest: Buffer,
  ): Promise<{ kept: KeptTap | undefined; card: KnownCard | undefined }> {
    const { rows } = await db.raw(
      `SELECT c.id, c.last_counter, c.alarmed_counter, c.last_replay_at, t.content_digest, t.answer
       FROM (SELECT 1) one LEFT JOIN card c ON c.uid_digest = ? AND c.key_version = ? LEFT JOIN card_tap t ON t.id = ?`,
      [digest, tap.keyVersion, tap.id],
    );
    const row: KnownCard & KeptTap = rows[0];
    return { kept: row.content_digest === null ? undefined : row, card: row.id === null ? undefined : row };
  }

  return {
    /** The answer to one tap; the same id with the same content gets the first answer again, with another `malformed`. */
    async take(tap: CardTap): Promise<CardTapAnswer> {
      // What is forged is told at once and leaves no row: the public page lets anybody ask.
      const sun = await prove(tap);
      if (typeof sun === 'string') return rejected(sun);
      const content = createHash('sha256').update(`${tap.keyVersion}.`).update(tap.piccData).update(tap.cmac).digest();
      const digest = keys.uidDigest(sun.uid);
      const { kept, card } = await look(tap, digest);
      if (kept !== undefined) return answerOf(kept, content);
      if (card === undefined) return rejected('unknown-handle');
      if (sun.counter <= card.last_counter) {
        await noteReplay(card, sun.counter);
        return rejected('replayed');
      }
      return accept(tap, content, sun, card);
    },
    /** Forgets answers no reader can still ask for: a queue of a week, and a day. */
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM card_tap WHERE received_at < ?', [new Date(clock.nowMs() - KEPT_MS)]);
    },
  };
}
export type CardTapStore = ReturnType<typeof createCardTapStore>;

const noUid = new Uint8Array(7);

interface KnownCard {
  id: number;
  last_counter: number;
  alarmed_counter: number | null;
  last_replay_at: Date | null;
}

interface KeptTap {
  content_digest: Buffer;
  answer: CardTapAnswer | null;
}

/** `moved` is the card whose counter this read has raised; another one was faster where there is none. */
async function judge(
  on: Queryable,
  moved: { state: CardState; student_id: number | null } | undefined,
  now: Date,
): Promise<CardTapAnswer> {
  if (moved === undefined) return rejected('replayed');
  const refusal = refusalOfState(moved.state);
  if (refusal !== undefined || moved.student_id === null) return rejected(refusal ?? 'unknown-handle');
  return { result: 'accepted', holder: await readMovedHolder(on, moved.student_id, now) };
}

function rejected(reason: CardTapRefusal): CardTapAnswer {
  return { result: 'rejected', reason };
}

function answerOf(kept: KeptTap, content: Buffer): CardTapAnswer {
  return kept.answer !== null && kept.content_digest.equals(content) ? kept.answer : rejected('malformed');
}

async function readMovedHolder(on: Queryable, studentId: number, now: Date): Promise<CardHolder> {
  const holder = await readHolder(on, { studentId }, now);
  if (holder === undefined) throw new TypeError('a card has a holder');
  return holder;
}

/** What a policy looks at of one student, as it is now; undefined for nobody. */
export async function readHolder(
  on: Queryable,
  of: { readonly studentId: number } | { readonly row: number },
  now: Date,
): Promise<CardHolder | undefined> {
  const [column, value] = 'row' in of ? ['row_number', of.row] : ['student_id', of.studentId];
  const { rows } = await on.raw(
    `SELECT row_number, enrolment_status, credential_state, hold, policy_class, portrait_id,
       coalesce(registered_until >= ?::date, false) AS registered FROM holder_state WHERE ${column} = ?`,
    [dayInShanghai(now.getTime()), value],
  );
  const person = rows[0] as
    | {
        row_number: number | string;
        enrolment_status: EnrolmentStatus;
        credential_state: 'valid' | 'suspended' | 'revoked';
        hold: string;
        policy_class: number;
        portrait_id: Buffer | null;
        registered: boolean;
      }
    | undefined;
  if (person === undefined) return undefined;
  return {
    row: Number(person.row_number),
    state: encodeRowState({
      registered: person.registered,
      suspended: person.credential_state === 'suspended',
      revoked: person.credential_state === 'revoked',
      stopped: person.hold === 'suspended',
      enrolmentState: person.enrolment_status,
    }),
    policy_class: person.policy_class,
    ...(person.portrait_id === null ? {} : { portrait_id: person.portrait_id.toString('base64url') }),
  };
}
