import { setTimeout as sleep } from 'node:timers/promises';
import { CommandRefusal } from '../client/call-service.js';
import { type Command, type CommandContext, option, WrongCall } from './command.js';

interface Step {
  id: string;
  outcome: 'running' | 'done' | 'failed' | 'torn';
  sequence: number;
  command: string;
  card_number?: string;
  reason?: string;
}

const lookEveryMs = 300;
const patienceMs = 60_000;
const maxCards = 500;

/**
 * Writes cards one after the other: each card put on the desk's reader is taken through by the issuer, this command
 * only carries bytes. A card that was lifted too early is put down again and finished.
 */
export const cardPersonalise: Command = {
  usage: 'card personalise --key-version N [--count N]',
  valued: ['key-version', 'count'],
  async run(context) {
    const keyVersion = wholeNumber(context, 'key-version', 255);
    const count = option(context, 'count') === undefined ? 1 : wholeNumber(context, 'count', maxCards);
    const results: { card_number?: string | undefined; outcome: string; reason?: string | undefined }[] = [];
    let last = 0;
    while (results.filter(({ outcome }) => outcome === 'done').length < count) {
      context.say('put a card on the reader');
      last = await nextCard(context, last);
      const { outcome, card_number, reason } = await writeCard(context, keyVersion, last);
      results.push({ outcome, card_number, reason });
      context.say(outcome === 'done' ? `card ${card_number} is written` : `${outcome}: ${reason}`);
      if (outcome === 'failed' && count === 1) break;
    }
    const done = results.filter(({ outcome }) => outcome === 'done').length;
    return { data: { results }, text: `${done} of ${count} written`, failed: done < count };
  },
};

function wholeNumber(context: CommandContext, name: string, most: number): number {
  const value = Number(option(context, name));
  if (!Number.isInteger(value) || value < 1 || value > most) throw new WrongCall(`--${name} is a number up to ${most}`);
  return value;
}

async function nextCard(context: CommandContext, last: number): Promise<number> {
  const untilMs = Date.now() + patienceMs;
  while (Date.now() < untilMs) {
    const { card } = await context.client.call<{ card: number | null }>('reader-agent', '/v1/card-desk');
    if (card !== null && card > last) return card;
    await sleep(lookEveryMs);
  }
  throw new CommandRefusal('no-card', 'No card was put on the reader for a minute.');
}

async function writeCard({ client }: CommandContext, keyVersion: number, card: number): Promise<Step> {
  const steps = '/v1/card-personalisations';
  let step = await client.call<Step>('issuer', steps, { body: { key_version: keyVersion } });
  while (step.outcome === 'running') {
    const { command, sequence, id } = step;
    const response = await client
      .call<{ response: string }>('reader-agent', '/v1/card-desk/commands', { body: { card, command } })
      .then((answer) => answer.response)
      .catch((error: unknown) => {
        if (error instanceof CommandRefusal && error.code === 'card-gone') return null;
        throw error;
      });
    step = await client.call<Step>('issuer', `${steps}/${id}/steps`, { body: { sequence, response } });
  }
  return step;
}
