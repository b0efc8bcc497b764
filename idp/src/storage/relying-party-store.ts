import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal } from '@lanyard/platform';
import { needsSecret, type RelyingParty, zRelyingParty } from '../domain/relying-parties/relying-party.js';

/** A registered relying party with what the layer knows of its use. */
export interface RegisteredParty {
  party: RelyingParty;
  secretDigest: string | undefined;
  createdAtMs: number;
  updatedAtMs: number;
  lastSeenMs: number | undefined;
  disabled: boolean;
}

interface PartyRow {
  registration: unknown;
  secret_digest: Buffer | null;
  created_at: Date;
  updated_at: Date;
  last_seen_at: Date | null;
  disabled_at: Date | null;
}

const COLUMNS = 'registration, secret_digest, created_at, updated_at, last_seen_at, disabled_at';
/** Another process may have changed a registration: it is read again after this time. */
const CACHE_MS = 1_000;
const SEEN_EVERY_MS = 60_000;
/** No digest of anything. */
const NOBODY = Buffer.alloc(32).toString('base64url');

/**
 * The register of relying parties. Reads come from memory for at most a second; writes go through and empty it.
 * Secrets are 256 random bits, shown once; only their digest is kept.
 */
export function createRelyingPartyStore(db: Database, clock: Clock) {
  let cached: { atMs: number; parties: Promise<Snapshot> } | undefined;
  const seen = new Map<string, number>();
  const all = (): Promise<Snapshot> => {
    if (cached === undefined || clock.nowMs() - cached.atMs > CACHE_MS || clock.nowMs() < cached.atMs)
      cached = { atMs: clock.nowMs(), parties: readAll(db) };
    const reading = cached;
    return reading.parties.catch((error: unknown) => {
      if (cached === reading) cached = undefined;
      throw error;
    });
  };
  const find = async (id: string): Promise<RegisteredParty | undefined> => {
    const found = (await all()).byId.get(id);
    return found?.disabled === true ? undefined : found;
  };
  return {
    find,
    /** All, disabled ones too, by id. */
    async list(): Promise<readonly RegisteredParty[]> {
      return (await all()).list;
    },
    /** Those that may be entered; the same array until something changes. */
    async listOf(protocol: RelyingParty['protocol']): Promise<readonly RelyingParty[]> {
      return (await all()).open[protocol];
    },
    /**
     * Adds, or replaces a registration of the same id. The answer holds a new secret where one is needed and none was
     * there, or where `renewSecret` asks for one.
     */
    async put(party: RelyingParty, actor: string, renewSecret = false): Promise<{ secret?: string; created: boolean }> {
      const answer = await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          'SELECT secret_digest, protocol FROM relying_party WHERE id = ? FOR UPDATE',
          [party.id],
        );
        const before = rows[0] as { secret_digest: Buffer | null; protocol: string } | undefined;
        if (before !== undefined && before.protocol !== party.protocol)
          throw new Refusal('relying-party-protocol-fixed');
        const wanted = needsSecret(party);
        const secret =
          wanted && (renewSecret || !before?.secret_digest) ? randomBytes(32).toString('base64url') : undefined;
        const digest = secret !== undefined ? digestSecret(secret) : wanted ? (before?.secret_digest ?? null) : null;
        await transaction.raw(
          `INSERT INTO relying_party (id, protocol, registration, secret_digest, created_at, updated_at)
           VALUES (?, ?, ?::jsonb, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET registration = excluded.registration, secret_digest = excluded.secret_digest,
             updated_at = excluded.updated_at, disabled_at = NULL`,
          [party.id, party.protocol, JSON.stringify(party), digest, new Date(clock.nowMs()), new Date(clock.nowMs())],
        );
        await appendAudit(
          transaction,
          [
            {
              actor,
              action: before === undefined ? 'relying-party.added' : 'relying-party.changed',
              subject: `relying-party:${party.id}`,
              detail: { protocol: party.protocol, claims: party.claims, secret_renewed: secret !== undefined },
            },
          ],
          clock.nowMs(),
        );
        return { created: before === undefined, ...(secret === undefined ? {} : { secret }) };
      });
      cached = undefined;
      return answer;
    },
    /** The same work for every party and every secret. */
    async checkSecret(id: string, secret: string): Promise<boolean> {
      const kept = Buffer.from((await find(id))?.secretDigest ?? NOBODY, 'base64url');
      const given = digestSecret(secret);
      return kept.length === given.length && timingSafeEqual(kept, given);
    },
    /** Nobody enters any more; what happened stays on record. False where there is none. */
    async disable(id: string, actor: string): Promise<boolean> {
      const done = await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          'UPDATE relying_party SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL',
          [new Date(clock.nowMs()), id],
        );
        if (rowCount === 0) return false;
        await appendAudit(
          transaction,
          [{ actor, action: 'relying-party.disabled', subject: `relying-party:${id}` }],
          clock.nowMs(),
        );
        return true;
      });
      cached = undefined;
      return done;
    },
    /** Remembers that a relying party is in use; written once a minute at most. */
    async noteSeen(id: string): Promise<void> {
      if (clock.nowMs() - (seen.get(id) ?? 0) < SEEN_EVERY_MS) return;
      seen.set(id, clock.nowMs());
      await db.raw('UPDATE relying_party SET last_seen_at = ? WHERE id = ?', [new Date(clock.nowMs()), id]);
    },
  };
}
export type RelyingPartyStore = ReturnType<typeof createRelyingPartyStore>;

export const digestSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

interface Snapshot {
  byId: ReadonlyMap<string, RegisteredParty>;
  list: readonly RegisteredParty[];
  open: Record<RelyingParty['protocol'], readonly RelyingParty[]>;
}

async function readAll(db: Database): Promise<Snapshot> {
  const { rows } = await db.raw(`SELECT ${COLUMNS} FROM relying_party ORDER BY id`);
  const list = (rows as PartyRow[]).map((row) => ({
    party: zRelyingParty.parse(row.registration),
    secretDigest: row.secret_digest?.toString('base64url'),
    createdAtMs: row.created_at.getTime(),
    updatedAtMs: row.updated_at.getTime(),
    lastSeenMs: row.last_seen_at?.getTime(),
    disabled: row.disabled_at !== null,
  }));
  const openOf = (protocol: RelyingParty['protocol']) =>
    list.filter((one) => !one.disabled && one.party.protocol === protocol).map((one) => one.party);
  return {
    byId: new Map(list.map((one) => [one.party.id, one])),
    list,
    open: { oidc: openOf('oidc'), oauth2: openOf('oauth2'), cas: openOf('cas') },
  };
}
