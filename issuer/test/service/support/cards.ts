import { randomBytes } from 'node:crypto';
import {
  type ApduCommand,
  decodeNdefUrl,
  decodeResponse,
  encodeCommand,
  parseSunUrl,
  readBinary,
  selectNdefApplication,
  selectNdefFile,
} from '@lanyard/protocol/nfc';
import { nodeAes } from '@lanyard/protocol/node-crypto';
import { createNtag424Card, type Ntag424Card } from '../../../../packages/protocol/test/support/ntag424-card.js';
import type { TestIssuer } from './start-issuer.js';

type Operator = Pick<TestIssuer, 'operator'>;

export interface StepAnswer {
  id: string;
  outcome: 'running' | 'done' | 'failed' | 'torn';
  sequence: number;
  step: string;
  command: string;
  card_number: string;
  reason: string;
  status_word?: string;
}

/** A card from the factory, with a UID of its own. */
export const factoryCard = (uid: Uint8Array = Uint8Array.of(4, ...randomBytes(6))): Ntag424Card =>
  createNtag424Card({ aes: nodeAes, uid });

export async function answerOf(answer: Promise<Response> | Response): Promise<StepAnswer> {
  return (await (await answer).json()) as StepAnswer;
}

export const begin = (issuer: Operator, keyVersion: number) =>
  answerOf(issuer.operator('/v1/card-personalisations', { body: { key_version: keyVersion } }));

export const sendStep = (issuer: Operator, id: string, sequence: number, response: Uint8Array | null) =>
  issuer.operator(`/v1/card-personalisations/${id}/steps`, {
    body: { sequence, response: response === null ? null : Buffer.from(response).toString('hex') },
  });

/**
 * Relays commands until the end, as an agent or the console does. With `tearAt` the card is taken away when that
 * command was sent: it has carried it out or (`before`) not, and nobody hears the answer.
 */
export async function relay(
  issuer: Operator,
  card: Ntag424Card,
  keyVersion: number,
  tear?: { at: number; before: boolean },
): Promise<StepAnswer> {
  card.reset();
  let answer = await begin(issuer, keyVersion);
  while (answer.outcome === 'running') {
    const torn = tear !== undefined && answer.sequence === tear.at;
    if (torn && tear.before) return answerOf(sendStep(issuer, answer.id, answer.sequence, null));
    const response = card.transmit(Buffer.from(answer.command, 'hex'));
    answer = await answerOf(sendStep(issuer, answer.id, answer.sequence, torn ? null : response));
  }
  return answer;
}

/** The address a phone or a gate reads from a card. */
export function readUrl(card: Ntag424Card): string {
  card.reset();
  const send = (command: ApduCommand) => decodeResponse(card.transmit(encodeCommand(command)));
  send(selectNdefApplication);
  send(selectNdefFile);
  return decodeNdefUrl(send(readBinary(0, 250)).data);
}

export interface TapBody {
  id: string;
  picc_data: string;
  cmac: string;
  key_version: number;
  at: number;
}

/** One read of a card as an agent sends it. */
export function tapOf(card: Ntag424Card, origin = 'http://localhost:8083'): TapBody {
  const url = parseSunUrl(readUrl(card), origin);
  return {
    id: randomBytes(16).toString('base64url'),
    picc_data: Buffer.from(url.piccData).toString('hex'),
    cmac: Buffer.from(url.cmac).toString('hex'),
    key_version: url.number,
    at: Math.floor(Date.now() / 1000),
  };
}

/** A card of a batch, bound to a student of the roster. */
export async function boundCard(issuer: Operator, keyVersion: number, studentNumber: string) {
  const card = factoryCard();
  const done = await relay(issuer, card, keyVersion);
  const bound = await issuer.operator(`/v1/cards/${done.card_number}/bind`, {
    body: { student_number: studentNumber, replace: true },
  });
  if (bound.status !== 200) throw new Error(await bound.text());
  return { card, number: done.card_number };
}
