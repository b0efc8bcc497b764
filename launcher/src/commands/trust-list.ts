import { readFileSync } from 'node:fs';
import { decodeBase64url, encodeBase64url } from '@lanyard/protocol';
import { CommandRefusal } from '../client/call-service.js';
import {
  type DescribedUniversity,
  describeUniversities,
  type FoundAnchor,
} from '../trust-list/describe-universities.js';
import { openOperatorKey } from '../trust-list/operator-key.js';
import { checkTrustList, entriesOf, type ListedUniversity, signNextTrustList } from '../trust-list/sign-trust-list.js';
import { type Command, type CommandAnswer, type CommandContext, need, option, table, WrongCall } from './command.js';

const instant = (seconds: number) => new Date(seconds * 1000).toISOString();
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Signs the next list of universities; with `--next-key` it announces the key that will sign later ones. */
export const trustListSign: Command = {
  usage: 'trust-list sign FILE [--out FILE] [--key FILE] [--next-key FILE]',
  valued: ['out', 'key', 'next-key'],
  async run(context) {
    const { entries, anchors } = await describe(context);
    return signed(context, entries, anchors);
  },
};

/** Signs the next list with what FILE describes added, or in the place of what it said of the same universities. */
export const trustListAdd: Command = {
  usage: 'trust-list add FILE [--out FILE] [--key FILE]',
  valued: ['out', 'key'],
  async run(context) {
    const { entries, anchors } = await describe(context);
    const codes = new Set(entries.map((entry) => entry.university_code));
    const others = entriesOf(listFile(context)).filter((entry) => !codes.has(entry.university_code));
    return signed(context, [...others, ...entries], anchors);
  },
};

const STATES = ['active', 'suspended', 'withdrawn'];

/** Signs the next list with one university in another state, or without it. */
export const trustListState: Command = {
  usage: 'trust-list state CODE active|suspended|withdrawn|removed [--out FILE] [--key FILE]',
  valued: ['out', 'key'],
  async run(context) {
    const code = need(context, 0, 'CODE');
    const state = need(context, 1, 'STATE');
    if (state !== 'removed' && !STATES.includes(state))
      throw new WrongCall(`the state is one of ${STATES.join(', ')}, removed`);
    const entries = entriesOf(listFile(context));
    if (!entries.some((entry) => entry.university_code === code))
      throw new CommandRefusal('university-not-listed', `${code} is not on the list`);
    const next =
      state === 'removed'
        ? entries.filter((entry) => entry.university_code !== code)
        : entries.map((entry) => (entry.university_code === code ? { ...entry, state, since: nowSeconds() } : entry));
    return signed(context, next, []);
  },
};

/** The verifier here looks at its trust list now, and at the universities on it. */
export const trustListRefresh: Command = {
  usage: 'trust-list refresh',
  async run(context) {
    await context.client.call('verifier', '/v1/trust-list/refresh', { method: 'POST', body: {} });
    const held = await context.client.call<{
      sequence: number | null;
      universities: { university_code: string; state: string; problem: { code: string } | null }[];
    }>('verifier', '/v1/trust-list');
    const rows = held.universities.map((one) => [one.university_code, one.state, one.problem?.code ?? 'read']);
    return { data: held, text: [`list ${held.sequence ?? '-'}`, table(rows)].join('\n') };
  },
};

const listFile = (context: CommandContext) => option(context, 'out') ?? context.installation.files.trustList;

const describe = (context: CommandContext) =>
  describeUniversities(readUniversities(need(context, 0, 'FILE')), nowSeconds());

function signed(
  context: CommandContext,
  entries: readonly ListedUniversity[],
  anchors: readonly FoundAnchor[],
): CommandAnswer {
  const key = openOperatorKey(option(context, 'key') ?? context.installation.files.trustListKey);
  const nextFile = option(context, 'next-key');
  const list = signNextTrustList({
    file: listFile(context),
    entries,
    key,
    nextKey: nextFile === undefined ? undefined : openOperatorKey(nextFile),
    nowSeconds: nowSeconds(),
  });
  const operatorKey = encodeBase64url(key.compressed);
  const fingerprints = anchors.map((anchor) => [anchor.universityCode, anchor.subject, anchor.fingerprint]);
  return {
    data: {
      sequence: list.sequence,
      issued_at: instant(list.issuedAtSeconds),
      expires: instant(list.expiresSeconds),
      universities: list.entries.length,
      operator_key: operatorKey,
      anchors: anchors.map((anchor) => ({
        university_code: anchor.universityCode,
        subject: anchor.subject,
        fingerprint: anchor.fingerprint,
      })),
    },
    text: [
      `list ${list.sequence}, ${list.entries.length} universities, until ${instant(list.expiresSeconds)}`,
      table(fingerprints),
      `${key.made ? 'new operator key' : 'operator key'} to pin: ${operatorKey}`,
    ].join('\n'),
  };
}

/** Checks a list as a reader would; with `--before` also that it follows that one. */
export const trustListVerify: Command = {
  usage: 'trust-list verify FILE --key KEY [--before FILE]',
  valued: ['key', 'before'],
  async run(context) {
    const before = option(context, 'before');
    const list = checkTrustList(
      readText(need(context, 0, 'FILE')).trim(),
      readPinnedKey(option(context, 'key')),
      before === undefined ? undefined : readText(before).trim(),
      nowSeconds(),
    );
    const rows = list.entries.map((entry) => [entry.universityCode, entry.state, entry.issuerUrl, entry.names.zh]);
    return {
      data: {
        sequence: list.sequence,
        expires: instant(list.expiresSeconds),
        universities: list.entries.map((entry) => ({ university_code: entry.universityCode, state: entry.state })),
      },
      text: [`list ${list.sequence}, until ${instant(list.expiresSeconds)}`, table(rows)].join('\n'),
    };
  },
};

function readUniversities(file: string): DescribedUniversity[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readText(file));
  } catch (cause) {
    if (cause instanceof WrongCall) throw cause;
    throw new CommandRefusal('trust-list-malformed', `${file} is not JSON`, cause);
  }
  const { universities } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as { universities?: unknown };
  const fits =
    Array.isArray(universities) &&
    universities.every((one: Partial<DescribedUniversity> | null) => typeof one?.issuer === 'string' && one.names);
  if (!fits) throw new CommandRefusal('trust-list-malformed', `${file} holds no universities with issuer and names`);
  return universities as DescribedUniversity[];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new WrongCall(`${file} cannot be read`);
  }
}

function readPinnedKey(text: string | undefined): Uint8Array {
  if (text === undefined || !/^[A-Za-z0-9_-]{44}$/.test(text))
    throw new WrongCall('--key is the operator key to pin: 44 characters, as trust-list sign prints it');
  return decodeBase64url(text);
}
