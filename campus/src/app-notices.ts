import { randomBytes } from 'node:crypto';
import type { Clock, GuardedFetch, Logger, SealedStore } from '@lanyard/platform';
import { createMailChannel } from './adapters/mail-channel.js';
import { createMessengerChannel } from './adapters/messenger-channel.js';
import { createNoticeSender } from './adapters/notice-sender.js';
import { createPushChannel, openVapidKeys } from './adapters/push-channel.js';
import type { NoticeChannel } from './api/index.js';
import type { CampusConfig } from './config.js';
import type { SendMailCode } from './http/notice-settings-routes.js';
import type { DefinitionStore } from './storage/definition-store.js';
import type { MessengerStore } from './storage/messenger-store.js';
import type { NoticeAddressStore } from './storage/notice-address-store.js';
import type { NoticeOutboxStore } from './storage/notice-outbox-store.js';

/** Puts the ways out of the house together: part of what app.ts does. */
export function createNoticeDelivery(parts: {
  config: CampusConfig;
  store: SealedStore;
  outbox: NoticeOutboxStore;
  addresses: NoticeAddressStore;
  messenger: MessengerStore;
  definitions: DefinitionStore;
  guardedFetch: GuardedFetch;
  campusUrl: string;
  universityName: string;
  clock: Clock;
  log: Logger;
}) {
  const { config, campusUrl, guardedFetch, clock } = parts;
  const { LANYARD_SMTP_URL: smtp, LANYARD_MAIL_FROM: from } = config;
  const consoleUrl = config.LANYARD_PUBLIC_URL_ADMIN.replace(/\/$/, '');
  const keys = openVapidKeys(parts.store);
  const mail =
    smtp === undefined || from === ''
      ? undefined
      : createMailChannel({
          ...{ smtp, from, university: parts.universityName, campusUrl },
        });
  const sendMailCode: SendMailCode | undefined =
    mail &&
    (async (address, code, language) => {
      const outcome = await mail.sendCode(address, code, randomBytes(16).toString('base64url'), language);
      if (outcome.is === 'failed') parts.log.warn('mail-code.not-sent', { code: outcome.code });
      return outcome.is === 'sent' ? 'sent' : outcome.is === 'address-gone' ? 'refused' : 'unavailable';
    });
  return {
    sendMailCode,
    pushKey: keys.publicKey,
    isOffered: async (channel: NoticeChannel): Promise<boolean> => {
      if (channel === 'messenger') return (await parts.messenger.find()) !== undefined;
      return channel === 'push' || mail !== undefined;
    },
    sendNotices: createNoticeSender({
      ...parts,
      channels: {
        ...(mail === undefined ? {} : { mail: mail.deliver }),
        push: createPushChannel({
          ...{ keys, guardedFetch },
          subject: `mailto:${from === '' ? `lanyard@${new URL(campusUrl).hostname}` : from}`,
        }),
        messenger: createMessengerChannel({ messenger: parts.messenger, guardedFetch, clock }),
      },
      links: {
        caseUrl: (person, module, caseId) =>
          isStaff(person) ? `${consoleUrl}/inbox` : `${campusUrl}/m/${module}/cases/${caseId}`,
        noticesUrl: (person) => (isStaff(person) ? `${consoleUrl}/inbox` : `${campusUrl}/notices`),
        settingsUrl: (person) => (isStaff(person) ? `${consoleUrl}/delegations` : `${campusUrl}/notices/settings`),
      },
    }),
  };
}

/** Staff work in the console. */
const isStaff = (person: string): boolean => person.startsWith('staff:');
