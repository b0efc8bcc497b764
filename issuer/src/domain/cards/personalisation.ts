import {
  type AesPort,
  type ApduCommand,
  type ApduResponse,
  authenticateFirst,
  authenticateSecond,
  cardKey,
  changeFileSettings,
  changeOtherKey,
  changeOwnKey,
  checkCardType,
  decodeNdefUrl,
  decryptPiccData,
  type Ev2Challenge,
  type Ev2Session,
  expectStatus,
  furtherFrame,
  getCardUid,
  getFileSettings,
  getKeyVersion,
  getVersion,
  isFactoryFile,
  isSunFile,
  NfcError,
  nativeMore,
  nativeOk,
  openResponse,
  openSession,
  parseSunUrl,
  readBinary,
  type SunTemplate,
  selectNdefApplication,
  selectNdefFile,
  statusOk,
  sunFileSettings,
  sunTemplate,
  uidOfVersion,
  verifySun,
  writeNdefFile,
} from '@lanyard/protocol/nfc';

/** Why a card cannot be personalised. The card stays as it is; `card-refused` and `card-answer-invalid` may be tried again. */
export type PersonalisationFailure =
  | 'card-type-not-supported'
  | 'card-used-elsewhere'
  | 'card-keys-unknown'
  | 'card-exchanged'
  | 'card-known'
  | 'card-refused'
  | 'card-answer-invalid'
  | 'self-check-failed';

type KeySet = 'factory' | 'ours';
type OtherKey = 1 | 2 | 3 | 4;

/** What the next answer of the card belongs to. Serialised and sealed between two steps. */
export type PersonalisationState =
  | { readonly stage: 'select' | 'version-1' | 'version-2' | 'version-3' }
  | ({ readonly stage: 'settings' | 'write' } & Known)
  | ({ readonly stage: 'authenticate-1' } & Trying)
  | ({ readonly stage: 'authenticate-2'; readonly challenge: Ev2Challenge } & Trying)
  | ({ readonly stage: 'uid' | 'file-settings' | 'master-key' } & Open)
  | ({ readonly stage: 'key-version' | 'change-key'; readonly number: OtherKey } & Open)
  | ({ readonly stage: 'select-again' | 'check-select' | 'check-file' | 'check-read' } & Known);

interface Known {
  readonly uid: Uint8Array;
}
interface Trying extends Known {
  /** The file has our settings already: an earlier attempt got that far. */
  readonly fileDone: boolean;
  readonly using: KeySet;
  /** Tried when the card does not know the first. */
  readonly otherwise: KeySet | undefined;
  /** After the last key was changed: only proves that the card has it. */
  readonly proving: boolean;
}
interface Open extends Known {
  readonly fileDone: boolean;
  readonly using: KeySet;
  readonly session: Ev2Session;
}

/** What follows an answer: a command to relay, the end, or a failure. */
export type PersonalisationOutcome =
  | { readonly kind: 'command'; readonly state: PersonalisationState; readonly command: ApduCommand }
  | { readonly kind: 'done'; readonly uid: Uint8Array; readonly counter: number }
  | { readonly kind: 'failed'; readonly reason: PersonalisationFailure; readonly statusWord?: number | undefined };

export interface PersonalisationTools {
  readonly aes: AesPort;
  readonly masterKey: Uint8Array;
  readonly keyVersion: number;
  /** Origin on the card. */
  readonly origin: string;
  /** 16 random bytes, new for each authentication. */
  readonly random: () => Uint8Array;
}

const factoryKey = new Uint8Array(16);

/** The first command for any card: nothing is known of it yet. */
export function beginPersonalisation(): PersonalisationOutcome {
  return { kind: 'command', state: { stage: 'select' }, command: selectNdefApplication };
}

/**
 * One step. Every step looks at what the card has rather than at what was done before, so a card that was torn away
 * at any point is finished by beginning again: keys it has already are skipped by their version, the file is written
 * before its settings forbid it, and the master key comes last, when all else is in place.
 */
export function advancePersonalisation(
  state: PersonalisationState,
  response: ApduResponse,
  tools: PersonalisationTools,
): PersonalisationOutcome {
  try {
    return advance(state, response, tools);
  } catch (error) {
    if (error instanceof Failed) return { kind: 'failed', reason: error.reason };
    if (!(error instanceof NfcError)) throw error;
    return { kind: 'failed', reason: failureOf(error, state), statusWord: error.statusWord };
  }
}

class Failed extends Error {
  constructor(readonly reason: PersonalisationFailure) {
    super(reason);
  }
}

function failureOf(error: NfcError, state: PersonalisationState): PersonalisationFailure {
  if (error.code === 'card-type-not-supported') return error.code;
  if (error.code === 'card-authentication-failed') return 'card-keys-unknown';
  if (state.stage === 'check-read') return 'self-check-failed';
  return error.code === 'nfc-status-word' ? 'card-refused' : 'card-answer-invalid';
}

function advance(
  state: PersonalisationState,
  response: ApduResponse,
  tools: PersonalisationTools,
): PersonalisationOutcome {
  const { aes, keyVersion } = tools;
  const template = sunTemplate(tools.origin, 'c', keyVersion);
  switch (state.stage) {
    case 'select':
      expectStatus(response, statusOk);
      return command({ stage: 'version-1' }, getVersion);
    case 'version-1':
      checkCardType(response);
      return command({ stage: 'version-2' }, furtherFrame);
    case 'version-2':
      expectStatus(response, nativeMore);
      return command({ stage: 'version-3' }, furtherFrame);
    case 'version-3':
      return command({ stage: 'settings', uid: uidOfVersion(response) }, getFileSettings);
    case 'settings':
      return afterSettings(state, expectStatus(response, nativeOk), template);
    case 'write':
      expectStatus(response, nativeOk);
      return tryKeys({ uid: state.uid, fileDone: false, using: 'factory', otherwise: 'ours', proving: false });
    case 'authenticate-1': {
      const second = authenticateSecond(aes, masterOf(state, tools), response, tools.random());
      return command({ ...state, stage: 'authenticate-2', challenge: second.challenge }, second.command);
    }
    case 'authenticate-2':
      return afterAuthentication(state, response, tools);
    case 'uid': {
      const { session, data } = openResponse(aes, state.session, response, 'full');
      if (!sameBytes(data, state.uid)) throw new Failed('card-exchanged');
      return askKeyVersion({ ...state, session }, 1, tools);
    }
    case 'key-version': {
      const { session, data } = openResponse(aes, state.session, response, 'mac');
      return afterKeyVersion({ ...state, session }, state.number, data, tools);
    }
    case 'change-key': {
      const { session } = openResponse(aes, state.session, response, 'mac');
      return nextKey({ ...state, session }, state.number, tools);
    }
    case 'file-settings': {
      const { session } = openResponse(aes, state.session, response, 'mac');
      return changeMaster({ ...state, session, fileDone: true }, tools);
    }
    case 'master-key':
      expectStatus(response, nativeOk);
      return command({ stage: 'select-again', uid: state.uid }, selectNdefApplication);
    case 'select-again':
      expectStatus(response, statusOk);
      return tryKeys({ uid: state.uid, fileDone: true, using: 'ours', otherwise: undefined, proving: true });
    case 'check-select':
      expectStatus(response, statusOk);
      return command({ ...state, stage: 'check-file' }, selectNdefFile);
    case 'check-file':
      expectStatus(response, statusOk);
      return command({ ...state, stage: 'check-read' }, readBinary(0, template.file.length));
    case 'check-read':
      return selfCheck(state.uid, expectStatus(response, statusOk), tools);
  }
}

function command(state: PersonalisationState, next: ApduCommand): PersonalisationOutcome {
  return { kind: 'command', state, command: next };
}

function afterSettings(state: Known, settings: Uint8Array, template: SunTemplate): PersonalisationOutcome {
  const { uid } = state;
  if (isFactoryFile(settings)) return command({ stage: 'write', uid }, writeNdefFile(template.file));
  if (!isSunFile(settings, template)) throw new Failed('card-used-elsewhere');
  return tryKeys({ uid, fileDone: true, using: 'ours', otherwise: 'factory', proving: false });
}

function tryKeys(trying: Trying): PersonalisationOutcome {
  return command({ stage: 'authenticate-1', ...trying }, authenticateFirst(0));
}

function masterOf(state: Pick<Trying, 'uid' | 'using'>, tools: PersonalisationTools): Uint8Array {
  return state.using === 'factory' ? factoryKey : cardKey(tools.aes, tools.masterKey, state.uid, 0);
}

function afterAuthentication(
  state: Trying & { readonly challenge: Ev2Challenge },
  response: ApduResponse,
  tools: PersonalisationTools,
): PersonalisationOutcome {
  const { uid, fileDone, using, otherwise, proving } = state;
  let session: Ev2Session;
  try {
    session = openSession(tools.aes, masterOf(state, tools), state.challenge, response);
  } catch (error) {
    if (!(error instanceof NfcError) || otherwise === undefined) throw error;
    return tryKeys({ uid, fileDone, using: otherwise, otherwise: undefined, proving });
  }
  if (proving) return command({ stage: 'check-select', uid }, selectNdefApplication);
  return command({ stage: 'uid', uid, fileDone, using, session }, getCardUid(tools.aes, session));
}

function askKeyVersion(open: Open, number: OtherKey, tools: PersonalisationTools): PersonalisationOutcome {
  const { uid, fileDone, using, session } = open;
  const state = { stage: 'key-version', number, uid, fileDone, using, session } as const;
  return command(state, getKeyVersion(tools.aes, session, number));
}

function afterKeyVersion(
  open: Open,
  number: OtherKey,
  data: Uint8Array,
  tools: PersonalisationTools,
): PersonalisationOutcome {
  const { aes, masterKey, keyVersion } = tools;
  if (data.length === 1 && data[0] === keyVersion) return nextKey(open, number, tools);
  if (data.length !== 1 || data[0] !== 0) throw new Failed('card-used-elsewhere');
  const { uid, fileDone, using, session } = open;
  const newKey = cardKey(aes, masterKey, uid, number);
  const change = { keyNumber: number, oldKey: factoryKey, newKey, version: keyVersion };
  const state = { stage: 'change-key', number, uid, fileDone, using, session } as const;
  return command(state, changeOtherKey(aes, session, change));
}

function nextKey(open: Open, number: OtherKey, tools: PersonalisationTools): PersonalisationOutcome {
  if (number < 4) return askKeyVersion(open, (number + 1) as OtherKey, tools);
  if (open.fileDone) return changeMaster(open, tools);
  const { uid, fileDone, using, session } = open;
  const settings = sunFileSettings(sunTemplate(tools.origin, 'c', tools.keyVersion));
  return command(
    { stage: 'file-settings', uid, fileDone, using, session },
    changeFileSettings(tools.aes, session, settings),
  );
}

function changeMaster(open: Open, tools: PersonalisationTools): PersonalisationOutcome {
  const { uid, fileDone, using, session } = open;
  if (using === 'ours') return command({ stage: 'check-select', uid }, selectNdefApplication);
  const newKey = cardKey(tools.aes, tools.masterKey, uid, 0);
  const change = { keyNumber: 0, newKey, version: tools.keyVersion };
  return command({ stage: 'master-key', uid, fileDone, using, session }, changeOwnKey(tools.aes, session, change));
}

/** Reads the card as a phone would: offsets and the two reading keys are easily mixed up, and only this shows it. */
function selfCheck(uid: Uint8Array, file: Uint8Array, tools: PersonalisationTools): PersonalisationOutcome {
  const { aes, masterKey, keyVersion } = tools;
  const url = parseSunUrl(decodeNdefUrl(file), tools.origin);
  const said = decryptPiccData(aes, cardKey(aes, masterKey, uid, 1), url.piccData);
  const sun = verifySun(aes, cardKey(aes, masterKey, said.uid, 2), said, url.cmac);
  if (url.kind !== 'c' || url.number !== keyVersion || !sameBytes(sun.uid, uid)) throw new Failed('self-check-failed');
  return { kind: 'done', uid, counter: sun.counter };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
