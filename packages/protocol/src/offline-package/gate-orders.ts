import { copyBytes } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { DocumentError } from '../errors.js';

/** Another agent of the same zone: what it tells over the local network is believed under this key only. */
export interface GatePeer {
  readonly agentId: string;
  /** Compressed, 33 bytes: the client key it was enrolled with. */
  readonly key: Uint8Array;
}

/** Something a member of staff has a gate do once. A reader acts on an id it has not seen, before `untilSeconds`. */
export interface GateOrder {
  /** 16 random bytes. */
  readonly id: Uint8Array;
  /** `release`: open once for this person. `forgive`: forget on which side of the zone the person is. */
  readonly kind: 'release' | 'forgive';
  /** Null for somebody who is in no table, such as a student without a phone. */
  readonly rowNumber: number | null;
  readonly untilSeconds: number;
}

/** The whole checkpoint open or locked, for a time that ends by itself. */
export interface EmergencyMode {
  readonly mode: 'open' | 'lock';
  readonly fromSeconds: number;
  readonly untilSeconds: number;
}

/** Most peers and orders in a part, and the longest time a mode may hold, in seconds. */
export const maxGatePeers = 64;
export const maxGateOrders = 32;
export const maxEmergencySeconds = 86_400;

const kinds = ['release', 'forgive'] as const;
const modes = ['open', 'lock'] as const;

export const encodePeers = (peers: readonly GatePeer[]): CborValue => peers.map(({ agentId, key }) => [agentId, key]);
export const encodeOrders = (orders: readonly GateOrder[]): CborValue =>
  orders.map(({ id, kind, rowNumber, untilSeconds }) => [id, kinds.indexOf(kind), rowNumber, untilSeconds]);
export const encodeMode = ({ mode, fromSeconds, untilSeconds }: EmergencyMode): CborValue => [
  modes.indexOf(mode),
  fromSeconds,
  untilSeconds,
];

/** @throws DocumentError `malformed` */
export function parsePeers(values: readonly CborValue[]): GatePeer[] {
  if (values.length > maxGatePeers) throw malformed('peers');
  return values.map((value) => {
    const [agentId, key, ...more] = fieldsOf(value);
    if (typeof agentId !== 'string' || agentId.length > 100 || more.length > 0) throw malformed('peer');
    if (!(key instanceof Uint8Array) || key.length !== 33) throw malformed('peer');
    return { agentId, key: copyBytes(key) };
  });
}

/** @throws DocumentError `malformed` */
export function parseOrders(values: readonly CborValue[]): GateOrder[] {
  if (values.length > maxGateOrders) throw malformed('orders');
  return values.map((value) => {
    const [id, kindNumber, rowNumber, untilSeconds, ...more] = fieldsOf(value);
    const kind = kinds[typeof kindNumber === 'number' ? kindNumber : -1];
    if (!(id instanceof Uint8Array) || id.length !== 16 || kind === undefined || more.length > 0)
      throw malformed('order');
    if (rowNumber !== null && !isUint32(rowNumber)) throw malformed('order');
    // There is nothing to forget of somebody who is in no table.
    if (!isUint32(untilSeconds) || (kind === 'forgive' && rowNumber === null)) throw malformed('order');
    return { id: copyBytes(id), kind, rowNumber, untilSeconds };
  });
}

/** Refuses a mode without an end within a day: none may be forgotten in force. @throws DocumentError `malformed` */
export function parseMode(values: readonly CborValue[]): EmergencyMode {
  const [number, fromSeconds, untilSeconds, ...more] = values;
  const mode = modes[typeof number === 'number' ? number : -1];
  if (mode === undefined || !isUint32(fromSeconds) || !isUint32(untilSeconds) || more.length > 0)
    throw malformed('mode');
  if (untilSeconds <= fromSeconds || untilSeconds - fromSeconds > maxEmergencySeconds) throw malformed('mode');
  return { mode, fromSeconds, untilSeconds };
}

/** The mode in force at a time, as far as the part names one. */
export function modeAt(mode: EmergencyMode | undefined, nowSeconds: number): 'normal' | 'open' | 'lock' {
  if (mode === undefined || nowSeconds < mode.fromSeconds || nowSeconds >= mode.untilSeconds) return 'normal';
  return mode.mode;
}

function fieldsOf(value: CborValue): readonly CborValue[] {
  if (!Array.isArray(value)) throw malformed('not an array');
  return value as readonly CborValue[];
}

function isUint32(value: CborValue | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= 0xffffffff;
}

function malformed(detail: string): DocumentError {
  return new DocumentError('checkpoint-part', 'malformed', detail);
}
