import { describe, expect, it } from 'vitest';
import type { CborValue } from '../../../src/cbor/cbor-value.js';
import { parseAgentSettings, settingsFor, verifyCheckpointPart } from '../../../src/index.js';
import { parseCarriedSettings } from '../../../src/offline-package/agent-settings.js';
import * as f from '../../fixtures.js';

const all = {
  report_seconds: 60,
  scanner_baud: 115_200,
  readers: 'ACS ACR1252, Identiv',
  reader_binding: 'nfc-pcsc' as const,
  door_channel: 2,
  door_address: 7,
  gossip_port: 9_000,
  gossip_to: ['10.0.0.255:9000', 'gate-2.campus:9000'],
  wanted_version: '1.12.0',
  update_window: '02:00-04:30',
};

describe('settings of agents', () => {
  it('come out of a signed part as they went in, parsed by nobody on the way', () => {
    const settings = [
      { agentId: '', revision: 3, settings: all },
      { agentId: 'agent-1', revision: 5, settings: { of_tomorrow: [1, { deep: true }] } },
    ];
    const { checkpointPart } = f.makePackage({ checkpoint: { settings } });
    expect(verifyCheckpointPart(f.crypto, checkpointPart, f.pinned.checkpoint).settings).toEqual(settings);
  });
  it('are absent from parts that name none', () => {
    const part = verifyCheckpointPart(f.crypto, f.makePackage().checkpointPart, f.pinned.checkpoint);
    expect('settings' in part).toBe(false);
  });
  it('are the agent’s own, else the checkpoint’s', () => {
    const carried = [
      { agentId: '', revision: 1, settings: {} },
      { agentId: 'agent-1', revision: 2, settings: {} },
    ];
    expect(['agent-1', 'agent-2'].map((id) => settingsFor(carried, id)?.revision)).toEqual([2, 1]);
    expect(settingsFor(carried.slice(1), 'agent-2')).toBeUndefined();
    expect(settingsFor(undefined, 'agent-2')).toBeUndefined();
  });
  it('are taken whole and in parts', () => {
    expect(parseAgentSettings(all)).toEqual(all);
    expect(parseAgentSettings({})).toEqual({});
    expect(parseAgentSettings({ readers: '' })).toEqual({ readers: '' });
  });

  it.each<[string, unknown]>([
    ['no object', 'all'],
    ['an unknown field', { scanner: '/dev/ttyUSB0' }],
    ['a field of the prototype', JSON.parse('{"__proto__": {}, "constructor": 1}')],
    ['reports every second', { report_seconds: 1 }],
    ['no reports', { report_seconds: 86_400 }],
    ['a baud rate that is text', { scanner_baud: '9600' }],
    ['a line break in reader names', { readers: 'ACS\nX' }],
    ['very long reader names', { readers: 'A'.repeat(201) }],
    ['another binding', { reader_binding: '../../evil.js' }],
    ['channel 0', { door_channel: 0 }],
    ['an address beyond OSDP', { door_address: 127 }],
    ['a port beyond UDP', { gossip_port: 65_536 }],
    ['a peer without a port', { gossip_to: ['gate-2'] }],
    ['a peer that is a URL', { gossip_to: ['http://gate-2:80/x'] }],
    ['17 peers', { gossip_to: Array.from({ length: 17 }, () => 'a:1') }],
    ['a version that is a command', { wanted_version: '1.0.0; reboot' }],
    ['half past 25', { update_window: '25:30-26:00' }],
  ])('are refused [%s]', (_, value) => {
    expect(() => parseAgentSettings(value)).toThrowError(expect.objectContaining({ code: 'malformed' }));
  });
  it.each<[string, CborValue[]]>([
    ['no revision', [['', 0, new Map()]]],
    ['no map', [['', 1, 'x']]],
    ['more fields', [['', 1, new Map(), 1]]],
    ['65 of them', Array.from({ length: 65 }, () => ['', 1, new Map()])],
  ])('cost the part where its form is broken [%s]', (_, values) => {
    expect(() => parseCarriedSettings(values)).toThrowError(expect.objectContaining({ code: 'malformed' }));
  });
});
