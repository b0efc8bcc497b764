import {
  type CarriedSettings,
  type CheckpointPart,
  type CheckpointPolicy,
  type EmergencyMode,
  encodeBase64url,
  type GateOrder,
  type GatePeer,
  type PassList,
  type PeopleTable,
  passListName,
  rowNumbersIn,
  type SignerKey,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { HeldList, IssuerKeys, MirrorState } from '../mirror/mirror-state.js';
import {
  documentsOf,
  foreignListSigners,
  foreignLists,
  foreignPassKeys,
  type TrustState,
  trustExpiresSeconds,
} from '../trust/trust-state.js';

/** Peers, orders and mode of the gates of a checkpoint; the zone key only where there are peers. */
export interface GateContent {
  peers: readonly GatePeer[];
  zoneKey: Uint8Array | undefined;
  orders: readonly GateOrder[];
  mode: EmergencyMode | undefined;
  /** Settings of agents from afar; empty where none are set. */
  settings: readonly CarriedSettings[];
  /** Rows of the emergency list; those that the people part no longer has are left out of the part. */
  listed: readonly number[];
}

/** What a checkpoint's package says, but for its sequence, its times and the pass lists a reader still needs. */
export interface PackageContent {
  checkpoint: { id: string; number: Uint8Array; nameZh: string; nameEn: string; policy: CheckpointPolicy };
  universityCode: string;
  people: { sequence: number; digest: Uint8Array };
  keys: IssuerKeys;
  trust: TrustState;
  /** Pass lists, our own first. */
  lists: readonly HeldList[];
  checkpointSigners: readonly SignerKey[];
  gates: GateContent;
  freshSeconds: number;
  lifeSeconds: number;
}

/** Times of a part in seconds. Fresh and life count from when the issuer last confirmed the data, not from signing. */
export interface PackageTimes {
  issuedAtSeconds: number;
  confirmedAtSeconds: number;
}

export function packageContent(
  state: MirrorState,
  rest: Omit<PackageContent, 'people' | 'keys' | 'lists'>,
): PackageContent | undefined {
  if (state.people === undefined || state.keys === undefined) return undefined;
  const { sequence, digest, table } = state.people;
  return {
    ...rest,
    gates: { ...rest.gates, listed: rowsInTable(table, rest.gates.listed) },
    people: { sequence, digest },
    keys: state.keys,
    lists: [...state.lists.values(), ...foreignLists(rest.trust)],
  };
}

/** Those of the rows that are in the table. A row of a former academic year is nobody, and soon may be somebody else. */
function rowsInTable(table: PeopleTable, listed: readonly number[]): readonly number[] {
  if (listed.length === 0) return listed;
  const known = rowNumbersIn(table.rows, new Set(listed));
  return listed.filter((row) => known.has(row));
}

/** Digest of a content: parts of one digest say the same. */
export function contentDigest(content: PackageContent): Buffer {
  const { checkpoint, people, keys, lists, trust } = content;
  const text = JSON.stringify([
    [checkpoint.id, encodeBase64url(checkpoint.number), checkpoint.nameZh, checkpoint.nameEn, checkpoint.policy],
    [content.universityCode, people.sequence, encodeBase64url(people.digest)],
    keys.signers.map(({ use, kid, key, fromSeconds, toSeconds }) => [
      use,
      encodeBase64url(kid),
      encodeBase64url(key),
      fromSeconds,
      toSeconds,
    ]),
    [...foreignPassKeys(trust), ...foreignListSigners(trust)].map((entry) => [
      entry.universityCode,
      encodeBase64url(entry.kid),
      encodeBase64url(entry.key),
      entry.fromSeconds,
      entry.toSeconds,
    ]),
    [trust.list?.sequence ?? 0, trust.list?.expiresSeconds ?? 0],
    lists.map(({ list }) => [list.universityCode, list.listNumber, list.sequence, list.issuedAtSeconds]),
    content.checkpointSigners.map((signer) => [encodeBase64url(signer.kid), encodeBase64url(signer.key)]),
    [content.freshSeconds, content.lifeSeconds],
    ...gatesText(content.gates),
  ]);
  return Buffer.from(nodeCrypto.sha256(Buffer.from(text)));
}

/** Nothing for a gate that is alone and at rest, so that its parts stay what they were. */
function gatesText({ zoneKey, peers, orders, mode, settings, listed }: GateContent): unknown[] {
  const set = [...(settings.length === 0 ? [] : [settings]), ...(listed.length === 0 ? [] : [{ listed }])];
  if (zoneKey === undefined && orders.length === 0 && mode === undefined) return set;
  return [
    zoneKey === undefined ? [] : peers.map(({ agentId, key }) => [agentId, encodeBase64url(key)]),
    orders.map(({ id }) => encodeBase64url(id)),
    mode ?? null,
    ...set,
  ];
}

/** Pass lists and deltas to put into a part, in the order to apply them, and a name for the choice. */
export interface ListDocuments {
  name: string;
  documents: readonly Uint8Array[];
}

/** What a reader with these sequences does not have yet: what came upon its state where that is kept, else whole lists. */
export function missingDocuments(content: PackageContent, held: Readonly<Record<string, number>>): ListDocuments {
  const missing = content.lists.flatMap((one) => {
    const have = held[listName(one.list)];
    if (have === one.list.sequence) return [];
    const deltas = one.deltas ?? [];
    const from = deltas.findIndex((delta) => delta.baseSequence === have);
    const documents = from === -1 ? documentsOf(one) : deltas.slice(from).map(({ cose }) => cose);
    return [{ name: `${listName(one.list)}${from === -1 ? '' : `+${have}`}`, documents }];
  });
  return { name: missing.map(({ name }) => name).join(' '), documents: missing.flatMap(({ documents }) => documents) };
}

export function listSequences(content: PackageContent): Record<string, number> {
  return Object.fromEntries(content.lists.map(({ list }) => [listName(list), list.sequence]));
}

const listName = (list: PassList) => passListName(list.universityCode, list.listNumber);

function gateFields({ peers, zoneKey, orders, mode, settings }: GateContent): Partial<CheckpointPart> {
  return {
    ...(zoneKey === undefined ? {} : { peers, zoneKey }),
    ...(orders.length === 0 ? {} : { orders }),
    ...(mode === undefined ? {} : { emergencyMode: mode }),
    ...(settings.length === 0 ? {} : { settings }),
  };
}

/** The part to sign (formats.md §9). Without a trust list no other university is known, so its expiry says nothing. */
export function checkpointPartOf(
  content: PackageContent,
  times: PackageTimes,
  sequence: number,
  passLists: readonly Uint8Array[],
): CheckpointPart {
  const { checkpoint, universityCode, keys, trust } = content;
  const expiresSeconds = times.confirmedAtSeconds + content.lifeSeconds;
  return {
    checkpointId: checkpoint.id,
    checkpointNumber: checkpoint.number,
    names: { zh: checkpoint.nameZh, en: checkpoint.nameEn },
    universityCode,
    peopleSequence: content.people.sequence,
    peopleDigest: content.people.digest,
    policy: checkpoint.policy,
    passKeys: [...keys.passKeys, ...foreignPassKeys(trust)],
    statusSigners: [...keys.statusKeys, ...foreignListSigners(trust)],
    passLists,
    listSequences: content.lists.map(({ list }) => ({
      universityCode: list.universityCode,
      listNumber: list.listNumber,
      sequence: list.sequence,
    })),
    peopleSigners: keys.peopleSigners,
    ...(content.checkpointSigners.length > 1 ? { checkpointSigners: content.checkpointSigners } : {}),
    trustListSequence: trust.list?.sequence ?? 0,
    trustListExpiresSeconds: trustExpiresSeconds(trust, expiresSeconds),
    sequence,
    issuedAtSeconds: times.issuedAtSeconds,
    freshUntilSeconds: times.confirmedAtSeconds + content.freshSeconds,
    expiresSeconds,
    emergencyRowNumbers: content.gates.listed,
    ...gateFields(content.gates),
  };
}
