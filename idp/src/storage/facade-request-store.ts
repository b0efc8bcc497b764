import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Database } from '@lanyard/platform';
import type { FacadeName } from '../domain/facades/facade-sign-in.js';
import { digestOf } from './provider-documents.js';

export interface StoredFacadeRequest {
  facade: FacadeName;
  relyingPartyId: string;
  prompt: 'normal' | 'fresh' | 'silent';
  /** The person proved who they are in this very request. */
  proved: boolean;
  state: string;
  codeChallenge: string;
  createdAtMs: number;
}

interface FacadeRow {
  facade: FacadeName;
  relying_party_id: string;
  prompt: StoredFacadeRequest['prompt'];
  proved: boolean;
  facade_state: string;
  code_challenge: string;
  created_at: Date;
}

const LIFE_MS = 15 * 60_000;
/** How far the clocks of two processes of this layer may be apart. */
const CLOCKS_APART_MS = 30_000;
const COLUMNS = 'facade, relying_party_id, prompt, facade_state, code_challenge, created_at';

/** Requests of facades that are under way. Each belongs to one browser and comes back once. */
export function createFacadeRequestStore(db: Database, clock: Clock) {
  // What was made later was made before the clock was set back, and would live twice (attack 30).
  const latestMade = () => new Date(clock.nowMs() + CLOCKS_APART_MS);
  return {
    /** Answers the identifier, which travels as `state`, and its S256 code challenge. */
    async create(request: Omit<StoredFacadeRequest, 'codeChallenge' | 'proved' | 'createdAtMs'>, browser: string) {
      const id = randomBytes(24).toString('base64url');
      // Nobody has to know the verifier: the code is taken in this process, and the challenge is compared.
      const codeChallenge = createHash('sha256').update(randomBytes(32).toString('base64url')).digest('base64url');
      await db.raw(
        `INSERT INTO facade_request (digest, ${COLUMNS}, browser_digest, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          digestOf(id),
          request.facade,
          request.relyingPartyId,
          request.prompt,
          request.state,
          codeChallenge,
          new Date(clock.nowMs()),
          digestOf(browser),
          new Date(clock.nowMs() + LIFE_MS),
        ],
      );
      return { id, codeChallenge };
    },
    /** The request behind a `state`, while it is open. */
    async find(id: string): Promise<StoredFacadeRequest | undefined> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS}, proved FROM facade_request WHERE digest = ? AND used_at IS NULL AND expires_at > ? AND created_at <= ?`,
        [digestOf(id), new Date(clock.nowMs()), latestMade()],
      );
      return rows[0] === undefined ? undefined : requestOf(rows[0] as FacadeRow);
    },
    /** Takes the request, once, in the browser that began it. */
    async take(id: string, browser: string, facade: FacadeName): Promise<StoredFacadeRequest | undefined> {
      const { rows } = await db.raw(
        `UPDATE facade_request SET used_at = ? WHERE digest = ? AND browser_digest = ? AND facade = ? AND used_at IS NULL
         AND expires_at > ? AND created_at <= ? RETURNING ${COLUMNS}, proved`,
        [new Date(clock.nowMs()), digestOf(id), digestOf(browser), facade, new Date(clock.nowMs()), latestMade()],
      );
      return rows[0] === undefined ? undefined : requestOf(rows[0] as FacadeRow);
    },
    /** Notes that the person was asked and answered while this request was open. */
    async noteProof(id: string): Promise<void> {
      await db.raw('UPDATE facade_request SET proved = true WHERE digest = ? AND used_at IS NULL', [digestOf(id)]);
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM facade_request WHERE expires_at < ?', [new Date(clock.nowMs())]);
    },
  };
}
export type FacadeRequestStore = ReturnType<typeof createFacadeRequestStore>;

const requestOf = (row: FacadeRow): StoredFacadeRequest => ({
  facade: row.facade,
  relyingPartyId: row.relying_party_id,
  prompt: row.prompt,
  proved: row.proved,
  state: row.facade_state,
  codeChallenge: row.code_challenge,
  createdAtMs: row.created_at.getTime(),
});
