import type { Clock, Logger } from '@lanyard/platform';
import { type NoticeChannel, noticeChannels } from '../api/index.js';
import { SCHOOL_OFFSET_MS } from '../domain/calendar/working-time.js';
import {
  type DeliverMessage,
  MOST_ATTEMPTS,
  type NoticeAddress,
  type SendOutcome,
  UNWANTED,
} from '../domain/notices/deliver.js';
import { leavingLine, leavingMessage } from '../domain/notices/leaving-message.js';
import { URGENCY_OF, wakes } from '../domain/notices/settings.js';
import { mayLeaveAt } from '../domain/notices/when-to-send.js';
import type { PersonId } from '../domain/people/person.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { NoticeAddressStore } from '../storage/notice-address-store.js';
import type { ClaimedMessage, NoticeOutboxStore } from '../storage/notice-outbox-store.js';

/** Of one channel. */
const AT_A_TIME = 4;
/** Nothing is tried of a channel whose server is in trouble: what waits would only use up its attempts. */
const REST_MS = 15_000;

/** Addresses of pages a message leads to. */
export interface NoticeLinks {
  readonly caseUrl: (person: PersonId, module: string, caseId: string) => string;
  readonly noticesUrl: (person: PersonId) => string;
  readonly settingsUrl: (person: PersonId) => string;
}
/** The ways out that are set up; what has none waits and is given up in time. */
export interface NoticeChannels {
  readonly mail?: DeliverMessage<'mail'>;
  readonly push: DeliverMessage<'push'>;
  readonly messenger: DeliverMessage<'messenger'>;
}

/** Sends what is due; a channel that hangs holds up no other. Several processes may do this beside each other. */
export function createNoticeSender(parts: {
  outbox: NoticeOutboxStore;
  addresses: Pick<NoticeAddressStore, 'gone'>;
  definitions: Pick<DefinitionStore, 'findVersion'>;
  channels: NoticeChannels;
  links: NoticeLinks;
  clock: Clock;
  log: Logger;
}) {
  const { outbox, links, channels, clock, log } = parts;
  const troubleMs: Record<NoticeChannel, number> = { mail: 0, push: 0, messenger: 0 };

  /** What is still to be said; what has been read in the application, or is no longer wanted, is not. */
  async function stillWanted(claimed: ClaimedMessage): Promise<ClaimedMessage> {
    const paces = claimed.settings.channels[claimed.to.channel];
    const read = claimed.lines.filter(({ isRead }) => isRead);
    const unwanted = claimed.lines.filter(
      ({ isRead, kind }) => !isRead && !wakes(kind) && paces[URGENCY_OF[kind]] === 'in-app',
    );
    await outbox.drop(read, UNWANTED.read);
    await outbox.drop(unwanted, UNWANTED.off);
    return { ...claimed, lines: claimed.lines.filter((line) => !read.includes(line) && !unwanted.includes(line)) };
  }

  async function messageOf({ id, atMs, person, settings, isDigest, lines }: ClaimedMessage) {
    const { language } = settings;
    const noticesUrl = links.noticesUrl(person);
    const said = await Promise.all(
      lines.map(async ({ service, serviceVersion, kind, step, caseId }) => {
        const { definition } = await parts.definitions.findVersion(service, serviceVersion);
        const caseUrl = links.caseUrl(person, definition.module, caseId);
        return leavingLine({ kind, step, caseUrl }, definition, language);
      }),
    );
    const kinds = lines.map(({ kind }) => kind);
    const settingsUrl = links.settingsUrl(person);
    return leavingMessage({ id, atMs, kinds, lines: said, isDigest, language, noticesUrl, settingsUrl });
  }

  function deliver(to: NoticeAddress, message: Parameters<DeliverMessage<'push'>>[1]): Promise<SendOutcome> {
    switch (to.channel) {
      case 'mail':
        return channels.mail?.(to, message) ?? Promise.resolve({ is: 'failed', code: 'mail-off', everybody: true });
      case 'push':
        return channels.push(to, message);
      case 'messenger':
        return channels.messenger(to, message);
    }
  }

  async function send(claimed: ClaimedMessage): Promise<void> {
    const { channel } = claimed.to;
    // Its last attempt was claimed and never ended.
    if (claimed.attempts > MOST_ATTEMPTS) return outbox.drop(claimed.lines, 'attempts-ended');
    const wanted = await stillWanted(claimed);
    if (wanted.lines.length === 0) return;
    // Waited for a process that was down, or the settings changed since.
    const kinds = wanted.lines.map(({ kind }) => kind);
    const nowMs = clock.nowMs();
    const leavesAtMs = mayLeaveAt(kinds, claimed.settings, nowMs, SCHOOL_OFFSET_MS);
    if (leavesAtMs > nowMs) return outbox.hold(wanted, leavesAtMs);
    const outcome = await deliver(claimed.to, await messageOf(wanted)).catch((error: Error): SendOutcome => {
      // Its text may name an address.
      log.error('notice.fault', { channel, detail: error.name });
      return { is: 'failed', code: 'internal' };
    });
    if (outcome.is === 'sent') return outbox.sent(wanted);
    if (outcome.is === 'failed' && outcome.everybody === true) troubleMs[channel] = clock.nowMs();
    log.info('notice.not-sent', { channel, code: outcome.code, attempt: claimed.attempts });
    if (outcome.is === 'address-gone') {
      await outbox.drop(wanted.lines, outcome.code);
      return parts.addresses.gone(claimed.addressId, outcome.code);
    }
    return outbox.failed(wanted, outcome.code);
  }

  /** Not where the clock was set back since. */
  function isResting(channel: NoticeChannel): boolean {
    const sinceMs = clock.nowMs() - troubleMs[channel];
    return sinceMs >= 0 && sinceMs < REST_MS;
  }
  const next = async (channel: NoticeChannel) => (isResting(channel) ? undefined : outbox.claim(channel));
  /** Sends what it is given and what comes after it. */
  async function untilNoneIsDue(channel: NoticeChannel, first: ClaimedMessage | undefined): Promise<number> {
    let tried = 0;
    for (let claimed = first; claimed !== undefined; claimed = await next(channel)) {
      await send(claimed);
      tried += 1;
    }
    return tried;
  }
  /** A round in which nothing is due costs one statement. */
  async function roundOf(channel: NoticeChannel): Promise<number> {
    const first = await next(channel);
    if (first === undefined) return 0;
    const others = Array.from({ length: AT_A_TIME - 1 }, async () => untilNoneIsDue(channel, await next(channel)));
    const tried = await Promise.all([untilNoneIsDue(channel, first), ...others]);
    return tried.reduce((sum, one) => sum + one, 0);
  }
  const running = new Map<NoticeChannel, Promise<number>>();
  function roundOnce(channel: NoticeChannel): Promise<number> {
    const round = running.get(channel) ?? roundOf(channel).finally(() => running.delete(channel));
    running.set(channel, round);
    return round;
  }
  /** Tries everything that is due, once; how many messages that were. */
  return async (): Promise<number> => {
    const tried = await Promise.all(noticeChannels.map(roundOnce));
    return tried.reduce((sum, one) => sum + one, 0);
  };
}
