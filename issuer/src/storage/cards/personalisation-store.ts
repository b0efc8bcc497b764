import { createHash, randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { decodeResponse, encodeCommand, NfcError } from '@lanyard/protocol/nfc';
import { nodeAes, nodeRandomBytes } from '@lanyard/protocol/node-crypto';
import type { CardKeys } from '../../adapters/card-keys.js';
import type { CardState } from '../../domain/cards/card-state.js';
import {
  advancePersonalisation,
  beginPersonalisation,
  type PersonalisationFailure,
  type PersonalisationOutcome,
} from '../../domain/cards/personalisation.js';
import { insertCard } from './card-store.js';
import type { StateSealer } from './personalisation-state.js';

/** What the relay has to do next. `command` is hexadecimal, for the card and nobody else. */
export type PersonalisationAnswer =
  | {
      readonly id: string;
      readonly outcome: 'running';
      readonly sequence: number;
      readonly step: string;
      readonly command: string;
    }
  | { readonly id: string; readonly outcome: 'done'; readonly card_number: string }
  | {
      readonly id: string;
      readonly outcome: 'failed' | 'torn';
      readonly reason: PersonalisationFailure | 'card-torn';
      readonly status_word?: string;
    };

interface Row {
  id: string;
  key_version: number;
  origin: string;
  card_id: number | null;
  outcome: 'running' | 'done' | 'failed' | 'torn';
  reason: string | null;
  sequence: number;
  sealed_state: Buffer | null;
  command: Buffer | null;
  answer_digest: Buffer | null;
  started_by: string;
}

const ABANDONED_MS = 10 * 60_000;

/**
 * The issuer's end of personalisation: it alone holds the keys, the reader in front of the card only carries bytes.
 * Each step is written down, with its state sealed, before its command leaves; so a process that dies and a line that
 * tears lose nothing, and a card that was torn away is finished by beginning again with it.
 */
export function createPersonalisationStore(
  db: Database,
  parts: { keys: CardKeys; sealer: StateSealer; clock: Clock; random?: () => Uint8Array },
) {
  const { keys, sealer, clock } = parts;
  const random = parts.random ?? (() => nodeRandomBytes(16));

  async function start(request: { keyVersion: number; actor: string }): Promise<PersonalisationAnswer> {
    const id = randomBytes(16).toString('base64url');
    return db.transaction(async (transaction) => {
      const batch = await transaction.raw('SELECT 1 FROM card_batch WHERE key_version = ? AND closed_at IS NULL', [
        request.keyVersion,
      ]);
      if (batch.rowCount !== 1) throw new Refusal('card-batch-not-open');
      const first = beginPersonalisation();
      if (first.kind !== 'command') throw new TypeError('a personalisation begins with a command');
      const command = Buffer.from(encodeCommand(first.command));
      await transaction.raw(
        `INSERT INTO card_personalisation (id, key_version, sequence, sealed_state, command, started_by, started_at)
         VALUES (?, ?, 1, ?, ?, ?, ?)`,
        [id, request.keyVersion, sealer.seal(first.state, id), command, request.actor, new Date(clock.nowMs())],
      );
      await logStep(transaction, id, 1, first.state.stage);
      return { id, outcome: 'running', sequence: 1, step: first.state.stage, command: command.toString('hex') };
    });
  }

  /** The card's answer to command `sequence`; a repeat of the last one gets the same command again. */
  async function step(request: {
    id: string;
    sequence: number;
    response: Uint8Array | undefined;
  }): Promise<PersonalisationAnswer> {
    return db.transaction(async (transaction) => {
      const row = await lock(transaction, request.id);
      if (row.outcome !== 'running') return ended(transaction, row);
      const digest = createHash('sha256')
        .update(request.response ?? 'torn')
        .digest();
      if (request.sequence === row.sequence - 1 && row.answer_digest?.equals(digest)) return repeated(row);
      if (request.sequence !== row.sequence) throw new Refusal('personalisation-out-of-step');
      if (request.response === undefined) return end(transaction, row, { kind: 'torn' });
      return advance(transaction, row, request.response, digest);
    });
  }

  async function advance(
    transaction: Transaction,
    row: Row,
    bytes: Uint8Array,
    digest: Buffer,
  ): Promise<PersonalisationAnswer> {
    if (row.sealed_state === null) throw new TypeError('a running personalisation has a state');
    const state = sealer.open(row.sealed_state, row.id);
    let outcome: PersonalisationOutcome;
    try {
      const response = decodeResponse(bytes);
      await transaction.raw(
        'UPDATE card_personalisation_step SET status_word = ? WHERE personalisation_id = ? AND sequence = ?',
        [response.statusWord, row.id, row.sequence],
      );
      outcome = advancePersonalisation(state, response, {
        ...{ aes: nodeAes, masterKey: keys.master(row.key_version), keyVersion: row.key_version },
        ...{ origin: row.origin, random },
      });
    } catch (error) {
      if (!(error instanceof NfcError)) throw error;
      outcome = { kind: 'failed', reason: 'card-answer-invalid' };
    }
    if (outcome.kind !== 'command') return end(transaction, row, outcome);
    if (outcome.state.stage === 'settings') {
      const cardId = await findCard(transaction, row, outcome.state.uid);
      if (cardId === undefined) return end(transaction, row, { kind: 'failed', reason: 'card-known' });
      await transaction.raw('UPDATE card_personalisation SET card_id = ? WHERE id = ?', [cardId, row.id]);
    }
    const sequence = row.sequence + 1;
    const command = Buffer.from(encodeCommand(outcome.command));
    await transaction.raw(
      'UPDATE card_personalisation SET sequence = ?, sealed_state = ?, command = ?, answer_digest = ? WHERE id = ?',
      [sequence, sealer.seal(outcome.state, row.id), command, digest, row.id],
    );
    await logStep(transaction, row.id, sequence, outcome.state.stage);
    return { id: row.id, outcome: 'running', sequence, step: outcome.state.stage, command: command.toString('hex') };
  }

  /** A new card, or one whose personalisation was torn; undefined for one that is finished or of another batch. */
  async function findCard(transaction: Transaction, row: Row, uid: Uint8Array): Promise<number | undefined> {
    const uidDigest = keys.uidDigest(uid);
    const { rows } = await transaction.raw('SELECT id, state, key_version FROM card WHERE uid_digest = ? FOR UPDATE', [
      uidDigest,
    ]);
    const card: { id: number; state: CardState; key_version: number } | undefined = rows[0];
    if (card === undefined) {
      return insertCard(transaction, { uidDigest, keyVersion: row.key_version, now: new Date(clock.nowMs()) });
    }
    return card.state === 'personalising' && card.key_version === row.key_version ? card.id : undefined;
  }

  async function end(
    transaction: Transaction,
    row: Row,
    outcome: Exclude<PersonalisationOutcome, { kind: 'command' }> | { readonly kind: 'torn' },
  ): Promise<PersonalisationAnswer> {
    const now = new Date(clock.nowMs());
    const reason = outcome.kind === 'failed' ? outcome.reason : outcome.kind === 'torn' ? 'card-torn' : null;
    await transaction.raw(
      `UPDATE card_personalisation SET outcome = ?, reason = ?, ended_at = ?, sealed_state = NULL, command = NULL WHERE id = ?`,
      [outcome.kind, reason, now, row.id],
    );
    const subject = row.card_id === null ? `card-batch:${row.key_version}` : `card:${row.card_id}`;
    const detail = { personalisation: row.id, ...(reason === null ? {} : { reason }) };
    const action = outcome.kind === 'done' ? 'card.personalised' : 'card.personalisation-ended';
    await appendAudit(transaction, [{ actor: row.started_by, action, subject, detail }], clock.nowMs());
    if (outcome.kind === 'done') {
      const card = await transaction.raw(
        `UPDATE card SET state = 'stock', last_counter = greatest(last_counter, ?), changed_at = ?
         WHERE id = ? AND state = 'personalising'`,
        [outcome.counter, now, row.card_id],
      );
      if (card.rowCount !== 1) throw new Refusal('card-state-conflict');
    }
    const answer = await ended(transaction, { ...row, outcome: outcome.kind, reason });
    const statusWord = outcome.kind === 'failed' ? outcome.statusWord : undefined;
    return answer.outcome !== 'failed' || statusWord === undefined
      ? answer
      : { ...answer, status_word: statusWord.toString(16).padStart(4, '0') };
  }

  async function logStep(transaction: Transaction, id: string, sequence: number, step: string): Promise<void> {
    await transaction.raw(
      'INSERT INTO card_personalisation_step (personalisation_id, sequence, step, at) VALUES (?, ?, ?, ?)',
      [id, sequence, step, new Date(clock.nowMs())],
    );
  }

  return {
    start,
    step,
    /** The log, newest first: who, which card, how far, how it ended. */
    async list(query: { keyVersion: number; limit: number }) {
      const { rows } = await db.raw(
        `SELECT p.id, p.outcome, p.reason, p.started_at, p.ended_at, c.number AS card_number, s.step AS last_step, s.status_word, p.sequence
         FROM card_personalisation p LEFT JOIN card c ON c.id = p.card_id
         LEFT JOIN card_personalisation_step s ON s.personalisation_id = p.id AND s.sequence = p.sequence
         WHERE p.key_version = ? ORDER BY p.started_at DESC, p.id LIMIT ?`,
        [query.keyVersion, query.limit],
      );
      return { personalisations: rows };
    },
    /** Ends what nobody goes on with, so that no session key stays. */
    async sweep(): Promise<void> {
      const before = new Date(clock.nowMs() - ABANDONED_MS);
      await db.raw(
        `UPDATE card_personalisation SET outcome = 'torn', reason = 'card-torn', ended_at = ?, sealed_state = NULL, command = NULL
         WHERE outcome = 'running' AND started_at < ?`,
        [new Date(clock.nowMs()), before],
      );
    },
  };
}
export type PersonalisationStore = ReturnType<typeof createPersonalisationStore>;

async function lock(transaction: Transaction, id: string): Promise<Row> {
  const { rows } = await transaction.raw(
    `SELECT p.id, p.key_version, b.origin, p.card_id, p.outcome, p.reason, p.sequence, p.sealed_state, p.command, p.answer_digest,
       p.started_by FROM card_personalisation p JOIN card_batch b USING (key_version) WHERE p.id = ? FOR UPDATE OF p`,
    [id],
  );
  if (rows[0] === undefined) throw new Refusal('personalisation-not-found');
  return rows[0];
}

function repeated(row: Row): PersonalisationAnswer {
  const command = row.command?.toString('hex') ?? '';
  return { id: row.id, outcome: 'running', sequence: row.sequence, step: 'repeated', command };
}

async function ended(transaction: Transaction, row: Row): Promise<PersonalisationAnswer> {
  if (row.outcome === 'done') {
    const { rows } = await transaction.raw('SELECT number FROM card WHERE id = ?', [row.card_id]);
    return { id: row.id, outcome: 'done', card_number: rows[0].number };
  }
  const reason = (row.reason ?? 'card-torn') as PersonalisationFailure | 'card-torn';
  return { id: row.id, outcome: row.outcome === 'failed' ? 'failed' : 'torn', reason };
}
