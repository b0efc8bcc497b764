import { createHash } from 'node:crypto';
import {
  appendAudit,
  type Clock,
  type Database,
  dayInShanghai,
  type Queryable,
  type Transaction,
} from '@lanyard/platform';
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

  async function decide(transaction: Transaction, tap: CardTap, sun: VerifiedSun): Promise<CardTapAnswer> {
    const digest = keys.uidDigest(sun.uid);
    const now = new Date(clock.nowMs());
    const moved = await transaction.raw(
      `UPDATE card SET last_counter = ?, last_tap_at = ? WHERE uid_digest = ? AND key_version = ? AND last_counter < ?
       RETURNING state, student_id`,
      [sun.counter, now, digest, tap.keyVersion, sun.counter],
    );
    const card: { state: CardState; student_id: number | null } | undefined = moved.rows[0];
    if (card === undefined) return replayed(transaction, digest, tap.keyVersion, sun.counter, now);
    const refusal = refusalOfState(card.state);
    if (refusal !== undefined || card.student_id === null) return rejected(refusal ?? 'unknown-handle');
    return { result: 'accepted', holder: await readHolder(transaction, card.student_id, now) };
  }

  /**
   * Counts a read whose counter was seen before. One audit row for each counter, not for each request: else whoever
   * holds one old address could fill the audit.
   */
  async function replayed(
    transaction: Transaction,
    digest: Buffer,
    keyVersion: number,
    counter: number,
    now: Date,
  ): Promise<CardTapAnswer> {
    const { rows } = await transaction.raw(
      `UPDATE card SET replays = replays + 1, last_replay_at = ? WHERE uid_digest = ? AND key_version = ?
       RETURNING id, last_counter`,
      [now, digest, keyVersion],
    );
    const card: { id: number; last_counter: number } | undefined = rows[0];
    if (card === undefined) return rejected('unknown-handle');
    const first = await transaction.raw(
      'UPDATE card SET alarmed_counter = ? WHERE id = ? AND alarmed_counter IS DISTINCT FROM ?',
      [counter, card.id, counter],
    );
    if (first.rowCount === 1) {
      const detail = { counter, last_counter: card.last_counter };
      const event = { actor: 'service:verifier', action: 'card.replayed', subject: `card:${card.id}`, detail };
      await appendAudit(transaction, [event], clock.nowMs());
    }
    return rejected('replayed');
  }

  return {
    /** The answer to one tap; the same id with the same content gets the first answer again, with another `malformed`. */
    async take(tap: CardTap): Promise<CardTapAnswer> {
      // What is forged is told at once and leaves no row: the public page lets anybody ask.
      const sun = await prove(tap);
      if (typeof sun === 'string') return rejected(sun);
      const content = createHash('sha256').update(`${tap.keyVersion}.`).update(tap.piccData).update(tap.cmac).digest();
      return db.transaction(async (transaction) => {
        // A parallel tap with the same id waits here for the first one's end.
        const mine = await transaction.raw(
          'INSERT INTO card_tap (id, content_digest, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
          [tap.id, content, new Date(clock.nowMs())],
        );
        if (mine.rowCount !== 1) return readAnswer(transaction, tap.id, content);
        const answer = await decide(transaction, tap, sun);
        await transaction.raw('UPDATE card_tap SET answer = ? WHERE id = ?', [JSON.stringify(answer), tap.id]);
        return answer;
      });
    },
    /** Forgets answers no reader can still ask for: a queue of a week, and a day. */
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM card_tap WHERE received_at < ?', [new Date(clock.nowMs() - KEPT_MS)]);
    },
  };
}
export type CardTapStore = ReturnType<typeof createCardTapStore>;

const noUid = new Uint8Array(7);

function rejected(reason: CardTapRefusal): CardTapAnswer {
  return { result: 'rejected', reason };
}

async function readAnswer(on: Queryable, id: Buffer, content: Buffer): Promise<CardTapAnswer> {
  const { rows } = await on.raw('SELECT content_digest, answer FROM card_tap WHERE id = ?', [id]);
  const kept: { content_digest: Buffer; answer: CardTapAnswer | null } | undefined = rows[0];
  if (kept?.answer === undefined || kept.answer === null || !kept.content_digest.equals(content)) {
    return rejected('malformed');
  }
  return kept.answer;
}

async function readHolder(on: Queryable, studentId: number, now: Date): Promise<CardHolder> {
  const { rows } = await on.raw(
    `SELECT row_number, enrolment_status, credential_state, hold, policy_class, portrait_id,
       coalesce(registered_until >= ?::date, false) AS registered FROM holder_state WHERE student_id = ?`,
    [dayInShanghai(now.getTime()), studentId],
  );
  const person = rows[0] as {
    row_number: number | string;
    enrolment_status: EnrolmentStatus;
    credential_state: 'valid' | 'suspended' | 'revoked';
    hold: string;
    policy_class: number;
    portrait_id: Buffer | null;
    registered: boolean;
  };
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
