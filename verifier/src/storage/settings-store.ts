import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { type AgentSettings, type CarriedSettings, maxCarriedSettings, parseAgentSettings } from '@lanyard/protocol';

/** `fleet`, `checkpoint:ID` or `agent:ID`: the nearer one wins, field by field. */
export type SettingsScope = string;

export interface ScopeSettings {
  readonly scope: SettingsScope;
  readonly revision: number;
  readonly settings: AgentSettings;
  readonly setBy: string;
  readonly at: Date;
}

/** What is meant for one agent after merging, with the highest revision that plays a part. */
export interface MergedSettings {
  readonly revision: number;
  readonly sinceMs: number;
  readonly settings: AgentSettings;
}

interface Row {
  scope: string;
  revision: number;
  settings: unknown;
  set_by: string;
  at: Date;
}

const CACHE_MS = 2_000;
const KEPT_DAYS = 365;

/** Settings of agents by scope. Rows are never changed: the newest counts, its number is the revision. */
export function createSettingsStore(db: Database, clock: Clock) {
  let newest: Map<string, ScopeSettings> = new Map();
  let untilMs = 0;
  /** Grows with each change made here: what was read before it does not count. */
  let changes = 0;
  let loading: Promise<void> | undefined;

  /** All scopes that have settings: looked up every two seconds for all agents together. */
  async function current(): Promise<ReadonlyMap<string, ScopeSettings>> {
    while (untilMs <= clock.nowMs()) {
      loading ??= load().finally(() => {
        loading = undefined;
      });
      await loading;
    }
    return newest;
  }
  async function load(): Promise<void> {
    const before = changes;
    const { rows } = await db.raw(
      'SELECT DISTINCT ON (scope) scope, revision, settings, set_by, at FROM agent_settings ORDER BY scope, revision DESC',
    );
    newest = new Map(rows.map((row: Row) => [row.scope, toSettings(row)]));
    if (before === changes) untilMs = clock.nowMs() + CACHE_MS;
  }
  const merge = (of: ReadonlyMap<string, ScopeSettings>, scopes: readonly string[]): MergedSettings | undefined => {
    const found = scopes.flatMap((scope) => of.get(scope) ?? []);
    const last = found.reduce<ScopeSettings | undefined>(
      (best, one) => (best === undefined || one.revision > best.revision ? one : best),
      undefined,
    );
    if (last === undefined) return undefined;
    const settings = Object.assign({}, ...found.map((one) => one.settings)) as AgentSettings;
    return { revision: last.revision, sinceMs: last.at.getTime(), settings };
  };

  return {
    async find(scope: SettingsScope): Promise<ScopeSettings | undefined> {
      const { rows } = await db.raw(
        'SELECT scope, revision, settings, set_by, at FROM agent_settings WHERE scope = ? ORDER BY revision DESC LIMIT 1',
        [scope],
      );
      return rows[0] === undefined ? undefined : toSettings(rows[0]);
    },
    async mergedFor(agent: { id: string; checkpointId: string }): Promise<MergedSettings | undefined> {
      return merge(await current(), ['fleet', `checkpoint:${agent.checkpointId}`, `agent:${agent.id}`]);
    },
    /** What a checkpoint's package carries: one entry for all, and one for each agent that has its own. */
    async carriedFor(checkpointId: string): Promise<CarriedSettings[]> {
      const of = await current();
      const shared = ['fleet', `checkpoint:${checkpointId}`];
      const common = merge(of, shared);
      const scoped = [...of.keys()].filter((scope) => scope.startsWith('agent:'));
      const own = scoped.length === 0 ? [] : await agentsAt(checkpointId, scoped);
      return [
        ...(common === undefined ? [] : [{ agentId: '', revision: common.revision, settings: common.settings }]),
        ...own.flatMap((agentId) => {
          const merged = merge(of, [...shared, `agent:${agentId}`]);
          return merged === undefined ? [] : [{ agentId, revision: merged.revision, settings: merged.settings }];
        }),
      ].slice(0, maxCarriedSettings);
    },
    /**
     * Sets what a scope says from now on, audited with what it replaces. `seen` is the revision that was looked at (0 for
     * none): one that came between is not overwritten. @throws Refusal `settings-changed`, `checkpoint-not-found`, `agent-not-found`
     */
    async set(change: {
      scope: SettingsScope;
      settings: AgentSettings;
      seen: number;
      actor: string;
    }): Promise<ScopeSettings> {
      const { scope, settings, seen, actor } = change;
      const made = await db.transaction(async (transaction: Transaction) => {
        await requireScope(transaction, scope);
        await transaction.raw('SELECT pg_advisory_xact_lock(hashtext(?))', [`agent settings ${scope}`]);
        const before = await transaction.raw(
          'SELECT revision, settings FROM agent_settings WHERE scope = ? ORDER BY revision DESC LIMIT 1',
          [scope],
        );
        if (Number(before.rows[0]?.revision ?? 0) !== seen) throw new Refusal('settings-changed');
        const { rows } = await transaction.raw(
          `INSERT INTO agent_settings (scope, settings, set_by, at) VALUES (?, ?, ?, ?)
           RETURNING scope, revision, settings, set_by, at`,
          [scope, JSON.stringify(settings), actor, new Date(clock.nowMs())],
        );
        const detail = { revision: rows[0].revision, settings, before: before.rows[0]?.settings ?? null };
        await appendAudit(
          transaction,
          [{ actor, action: 'agent-settings.set', subject: scope, detail }],
          clock.nowMs(),
        );
        return toSettings(rows[0]);
      });
      changes += 1;
      untilMs = 0;
      return made;
    },
    async sweep(): Promise<void> {
      await db.raw(
        `DELETE FROM agent_settings a WHERE at < ? AND EXISTS
           (SELECT 1 FROM agent_settings b WHERE b.scope = a.scope AND b.revision > a.revision)`,
        [new Date(clock.nowMs() - KEPT_DAYS * 86_400_000)],
      );
    },
  };

  async function agentsAt(checkpointId: string, scopes: readonly string[]): Promise<string[]> {
    const { rows } = await db.raw(
      'SELECT id FROM agent WHERE checkpoint_id = ? AND withdrawn_at IS NULL AND id = ANY(?) ORDER BY id',
      [checkpointId, scopes.map((scope) => scope.slice('agent:'.length))],
    );
    return rows.map((row: { id: string }) => row.id);
  }
}
export type SettingsStore = ReturnType<typeof createSettingsStore>;

async function requireScope(transaction: Transaction, scope: string): Promise<void> {
  const [kind, id] = scope.split(':');
  if (id === undefined) return;
  const table = kind === 'agent' ? 'agent' : 'checkpoint';
  const { rows } = await transaction.raw(`SELECT 1 FROM ${table} WHERE id = ?`, [id]);
  if (rows.length === 0) throw new Refusal(`${table}-not-found`);
}

function toSettings(row: Row): ScopeSettings {
  const { scope, revision, settings, set_by: setBy, at } = row;
  return { scope, revision, settings: parseAgentSettings(settings), setBy, at };
}
