import { appendAudit, type Clock, type Database } from '@lanyard/platform';
import { type ChannelDelivery, type NoticeChannel, type NoticesByCode, noticeChannels } from '../api/index.js';
import { UNWANTED } from '../domain/notices/deliver.js';

const HOUR_MS = 3_600_000;
const SENT_MS = 24 * HOUR_MS;
const GIVEN_UP_MS = 7 * 24 * HOUR_MS;
/** The longest between a notice and the end of its attempts; bounds what is read of the closed ones. */
const LONGEST_MS = 3 * 24 * HOUR_MS;
const NOT_WANTED = Object.values(UNWANTED);

/** How the outbox of notices stands, for whoever runs the service: counts by channel and code. */
export function createNoticeDeliveryStore(db: Database, clock: Clock) {
  const ago = (ms: number) => new Date(clock.nowMs() - ms);
  return {
    async state(): Promise<readonly Omit<ChannelDelivery, 'offered'>[]> {
      const { rows } = await db.raw(
        `SELECT a.channel, CASE WHEN d.sent_at IS NOT NULL THEN 'sent' WHEN d.given_up_at IS NOT NULL THEN 'given-up'
             WHEN d.last_code IS NOT NULL THEN 'retrying' ELSE 'waiting' END AS state,
           coalesce(d.last_code, '') AS code, count(*)::int AS notices, min(d.at) AS since
         FROM notice_delivery d JOIN notice_address a ON a.id = d.address_id
         WHERE (d.sent_at IS NULL AND d.given_up_at IS NULL) OR (d.at > ? AND (d.sent_at > ?
           OR (d.given_up_at > ? AND d.last_code <> ALL(?::text[]))))
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
        [ago(GIVEN_UP_MS + LONGEST_MS), ago(SENT_MS), ago(GIVEN_UP_MS), NOT_WANTED] as never,
      );
      return noticeChannels.map((channel) => stateOf(channel, rows));
    },

    /**
     * Has another eight attempts made of what was given up within seven days, but for addresses that are gone and what has
     * been read meanwhile. Whether it is still wanted, and whether the night is quiet, is asked before each attempt.
     *
     * @returns how many notices that are
     */
    async sendAgain(channel: NoticeChannel, actor: string): Promise<number> {
      return db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `UPDATE notice_delivery d SET given_up_at = NULL, last_code = NULL, attempts = 0, not_before = ?
           FROM notice_address a, notice n WHERE a.id = d.address_id AND n.id = d.notice_id AND a.channel = ?
             AND a.gone_at IS NULL AND n.read_at IS NULL AND d.given_up_at > ? AND d.last_code <> ALL(?::text[])`,
          [ago(0), channel, ago(GIVEN_UP_MS), NOT_WANTED] as never,
        );
        const notices = rowCount ?? 0;
        const entry = { actor, action: 'notices.sent-again', subject: channel, detail: { notices } };
        if (notices > 0) await appendAudit(transaction, [entry], clock.nowMs());
        return notices;
      });
    },
  };
}
export type NoticeDeliveryStore = ReturnType<typeof createNoticeDeliveryStore>;

interface Row {
  channel: NoticeChannel;
  state: 'waiting' | 'retrying' | 'sent' | 'given-up';
  code: string;
  notices: number;
  since: Date;
}

function stateOf(channel: NoticeChannel, rows: readonly Row[]): Omit<ChannelDelivery, 'offered'> {
  const inState = (state: Row['state']) => rows.filter((row) => row.channel === channel && row.state === state);
  const byCode = (state: Row['state']): NoticesByCode[] =>
    inState(state).map(({ code, notices }) => ({ code, notices }));
  const total = (state: Row['state']) => inState(state).reduce((sum, { notices }) => sum + notices, 0);
  const since = inState('retrying').map((row) => row.since.getTime());
  return {
    ...{ channel, waiting: total('waiting'), sent: total('sent') },
    ...{ retrying: byCode('retrying'), given_up: byCode('given-up') },
    retrying_since: since.length === 0 ? null : new Date(Math.min(...since)).toISOString(),
  };
}
