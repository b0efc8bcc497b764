import { describe, expect, it } from 'vitest';
import {
  createSettingsKeeper,
  type EffectiveSettings,
  type KeptSettings,
  SettingsRefused,
} from '../../src/domain/fleet/settings-keeper.js';

const own: EffectiveSettings = {
  report_seconds: 60,
  scanner_baud: 9_600,
  readers: '',
  reader_binding: 'smartcard',
  door_channel: 1,
  door_address: 0,
  gossip_port: 0,
  gossip_to: [],
};
function keeper(
  options: { pinned?: string[]; kept?: KeptSettings; fails?: (next: EffectiveSettings) => Error | undefined } = {},
) {
  const applied: EffectiveSettings[] = [];
  const kept: KeptSettings[] = [];
  const refusals: string[] = [];
  const made = createSettingsKeeper({
    ...{ own, pinned: options.pinned ?? [], kept: options.kept, keep: (one) => void kept.push(one) },
    apply: async (next) => {
      applied.push(next);
      const error = options.fails?.(next);
      if (error !== undefined) throw error;
    },
    onRefused: (revision, code) => void refusals.push(`${revision} ${code}`),
  });
  return { made, applied, kept, refusals };
}
const carried = (revision: number, settings: unknown) => ({ agentId: '', revision, settings });

describe('settings from afar', () => {
  it('hold over the machine’s own, field by field, and are kept', async () => {
    const { made, applied, kept } = keeper();
    await made.take(carried(3, { scanner_baud: 115_200, wanted_version: '2.0.0' }));
    expect(made.effective).toEqual({ ...own, scanner_baud: 115_200 });
    expect([made.revision, made.refused, applied.length]).toEqual([3, undefined, 1]);
    expect(kept).toEqual([{ revision: 3, settings: { scanner_baud: 115_200, wanted_version: '2.0.0' } }]);
  });
  it('are applied once for each revision, and what is no longer set goes back to the machine’s', async () => {
    const { made, applied } = keeper();
    await made.take(carried(3, { report_seconds: 30 }));
    await made.take(carried(3, { report_seconds: 30 }));
    expect(applied).toHaveLength(1);
    await made.take(carried(4, {}));
    expect(made.effective).toEqual(own);
    await made.take(undefined);
    expect(made.revision).toBe(4);
  });
  it('hold from the start where they worked before', () => {
    const { made, applied } = keeper({ kept: { revision: 9, settings: { report_seconds: 20 } } });
    expect([made.effective.report_seconds, made.revision, applied.length]).toEqual([20, 9, 0]);
  });
  it('leave alone what the environment keeps for itself', async () => {
    const { made } = keeper({ pinned: ['readers'] });
    await made.take(carried(1, { readers: 'all', report_seconds: 20 }));
    expect(made.effective).toEqual({ ...own, report_seconds: 20 });
  });
  it('are refused outside their limits or unknown, changing nothing [told once]', async () => {
    const { made, applied, refusals } = keeper();
    for (const settings of [{ report_seconds: 1 }, { of_tomorrow: true }, 'x']) {
      await made.take(carried(7, settings));
      expect(made.refused).toEqual({ revision: 7, code: 'settings-invalid' });
    }
    expect([applied.length, made.revision, refusals]).toEqual([0, 0, ['7 settings-invalid']]);
  });
  it('go back to the last good ones where readers do not come up, and the next ones are tried again', async () => {
    const { made, applied, kept } = keeper({
      fails: ({ readers }) => (readers === 'all' ? new SettingsRefused('readers-not-started') : undefined),
    });
    await made.take(carried(1, { report_seconds: 20 }));
    await made.take(carried(2, { readers: 'all', report_seconds: 90 }));
    expect(made.effective).toEqual({ ...own, report_seconds: 20 });
    expect(applied.at(-1)).toEqual({ ...own, report_seconds: 20 });
    expect([made.revision, made.refused]).toEqual([1, { revision: 2, code: 'readers-not-started' }]);
    await made.take(carried(3, { readers: 'ACS' }));
    expect([made.revision, made.refused, kept.map(({ revision }) => revision)]).toEqual([3, undefined, [1, 3]]);
  });
  it('that break the agent itself are a refusal too', async () => {
    const { made } = keeper({ fails: ({ gossip_port }) => (gossip_port > 0 ? new Error('boom') : undefined) });
    await made.take(carried(2, { gossip_port: 9_000 }));
    expect(made.refused).toEqual({ revision: 2, code: 'settings-failed' });
    expect(made.effective).toEqual(own);
  });
});
