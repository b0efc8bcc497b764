import type { MetricSample } from '@lanyard/platform';
import type { ChannelDelivery, NoticesByCode } from '../../api/index.js';

const sum = (counts: readonly NoticesByCode[]): number => counts.reduce((total, { notices }) => total + notices, 0);

/** How the channels stand, for whoever watches the service. From the database: every process says the same. */
export function deliverySamples(
  channels: readonly Omit<ChannelDelivery, 'offered'>[],
  nowMs: number,
): readonly MetricSample[] {
  return channels.flatMap(({ channel, waiting, retrying, retrying_since, sent, given_up }): MetricSample[] => {
    const counts = { waiting, retrying: sum(retrying), 'sent-24h': sent, 'given-up-7d': sum(given_up) };
    const lateMs = retrying_since === null ? 0 : Math.max(0, nowMs - Date.parse(retrying_since));
    return [
      ...Object.entries(counts).map(([state, value]) => ({
        ...{ name: 'lanyard_notices' as const, labels: { channel, state }, value },
      })),
      { name: 'lanyard_notices_late_seconds', labels: { channel }, value: Math.floor(lateMs / 1_000) },
    ];
  });
}
