import type { CborValue } from '../cbor/cbor-value.js';
import { isCborMap } from '../cbor/cbor-value.js';
import { cborFromPlain, plainFromCbor } from '../cbor/plain-cbor.js';
import { DocumentError } from '../errors.js';
import { integer, list, oneOf, record, text } from './policy-fields.js';

/**
 * What may be set of an agent from afar: data within limits, none of it a path, a program or an address of a server.
 * What is not named stays as the machine's environment says.
 */
export interface AgentSettings {
  /** About how often the agent reports, in seconds. */
  readonly report_seconds?: number;
  readonly scanner_baud?: number;
  /** `all`, beginnings of names with commas between, or empty for none. */
  readonly readers?: string;
  readonly reader_binding?: 'smartcard' | 'nfc-pcsc';
  readonly door_channel?: number;
  /** On an OSDP line. */
  readonly door_address?: number;
  /** UDP port for gates of the zone; 0 for none. */
  readonly gossip_port?: number;
  /** Where to tell them: host:port each. */
  readonly gossip_to?: readonly string[];
  /** A note for whoever updates machines: three numbers with dots, and the hours it may happen in. */
  readonly wanted_version?: string;
  readonly update_window?: string;
}
export type AgentSettingName = keyof AgentSettings;

/** Settings of one agent, or with an empty id of all others of the checkpoint; not yet parsed. */
export interface CarriedSettings {
  readonly agentId: string;
  readonly revision: number;
  /** Plain data: whether it fits is for the agent to say, so that what it does not know costs it no package. */
  readonly settings: unknown;
}

export const maxCarriedSettings = 64;
const longestReaders = 200;
const mostPeers = 16;
const hostPort = /^[A-Za-z0-9.-]{1,100}:[1-9]\d{0,4}$/;
const version = /^\d{1,5}\.\d{1,5}\.\d{1,5}$/;
const windowOfDay = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;

const readers: { [Name in AgentSettingName]-?: (value: unknown, field: string) => AgentSettings[Name] } = {
  report_seconds: (value, field) => integer(value, field, 15, 3_600),
  scanner_baud: (value, field) => integer(value, field, 300, 921_600),
  readers: (value, field) => text(value, field, new RegExp(`^[\\x20-\\x7e]{0,${longestReaders}}$`)),
  reader_binding: (value, field) => oneOf(value, field, ['smartcard', 'nfc-pcsc'] as const),
  door_channel: (value, field) => integer(value, field, 1, 16),
  door_address: (value, field) => integer(value, field, 0, 126),
  gossip_port: (value, field) => integer(value, field, 0, 65_535),
  gossip_to: (value, field) => list(value, field, mostPeers).map((one) => text(one, field, hostPort)),
  wanted_version: (value, field) => text(value, field, version),
  update_window: (value, field) => text(value, field, windowOfDay),
};
export const agentSettingNames = Object.keys(readers) as readonly AgentSettingName[];

/** @throws DocumentError `malformed`, its message naming the field */
export function parseAgentSettings(value: unknown): AgentSettings {
  const given = record(value, 'settings', agentSettingNames);
  return Object.fromEntries(
    agentSettingNames
      .filter((name) => given[name] !== undefined)
      .map((name) => [name, readers[name](given[name], name)]),
  );
}

/** The settings meant for an agent: its own, else those of its checkpoint; undefined where there are none. */
export function settingsFor(
  carried: readonly CarriedSettings[] | undefined,
  agentId: string,
): CarriedSettings | undefined {
  return carried?.find((one) => one.agentId === agentId) ?? carried?.find((one) => one.agentId === '');
}

export const encodeSettings = (carried: readonly CarriedSettings[]): CborValue =>
  carried.map(({ agentId, revision, settings }) => [agentId, revision, cborFromPlain(settings)]);

/** @throws DocumentError `malformed` */
export function parseCarriedSettings(values: readonly CborValue[]): CarriedSettings[] {
  if (values.length > maxCarriedSettings) throw malformed();
  return values.map((value) => {
    const [agentId, revision, settings, ...more] = Array.isArray(value) ? (value as readonly CborValue[]) : [];
    if (typeof agentId !== 'string' || agentId.length > 100 || more.length > 0) throw malformed();
    if (typeof revision !== 'number' || revision < 1 || !isCborMap(settings)) throw malformed();
    return { agentId, revision, settings: plainFromCbor(settings) };
  });
}

function malformed(): DocumentError {
  return new DocumentError('checkpoint-part', 'malformed', 'settings');
}
