import { randomInt } from 'node:crypto';
import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { USUAL_SETTINGS, zNoticeSettings } from '../domain/notices/settings.js';
import type { PersonId } from '../domain/people/person.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { MessengerStore } from '../storage/messenger-store.js';
import type { NoticeAddressStore } from '../storage/notice-address-store.js';
import { actingPerson, people } from './acting-person.js';

/** Sends a code to an address. `refused`: the server says there is no such address. */
export type SendMailCode = (
  address: string,
  code: string,
  language: 'zh' | 'en',
) => Promise<'sent' | 'refused' | 'unavailable'>;

const zAddress = z.strictObject({ address: z.email().max(254) });
const zCode = z.strictObject({ code: z.string().regex(/^\d{6}$/) });

/** How somebody wants to hear of his cases, and the mail address he confirmed. */
export function createNoticeSettingsRoutes(deps: {
  authenticate: Authenticate;
  delegations: DelegationStore;
  addresses: NoticeAddressStore;
  messenger: Pick<MessengerStore, 'find' | 'nameAt'>;
  /** Undefined where no mail server is set up. */
  sendMailCode: SendMailCode | undefined;
}) {
  const { addresses, messenger, sendMailCode } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  const answerOf = async (person: PersonId) => {
    const mail = await addresses.mailOf(person);
    const receiver = await messenger.find();
    const chosen = await addresses.chosenBy(person);
    return {
      ...{ settings: chosen ?? USUAL_SETTINGS, chosen: chosen !== undefined },
      mail: {
        offered: sendMailCode !== undefined,
        address: mail.address,
        gone: mail.isGone,
        unconfirmed: mail.unconfirmed,
      },
      push: { browsers: await addresses.browsersOf(person) },
      messenger:
        receiver === undefined
          ? { offered: false, name: null, you: null }
          : { offered: true, name: receiver.name, you: messenger.nameAt(receiver, person) },
    };
  };
  const headers = { 'Cache-Control': 'no-store' };
  route(
    { method: 'get', path: '/v1/notice-settings', callers: people, summary: 'How this person hears of his cases' },
    async ({ caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      return { body: await answerOf(person), headers };
    },
  );
  route(
    {
      method: 'put',
      path: '/v1/notice-settings',
      callers: people,
      body: zNoticeSettings,
      summary: 'How this person hears of his cases, in the place of what was chosen before',
    },
    async ({ body, caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      await addresses.putSettings(person, body);
      return { body: await answerOf(person), headers };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/mail-address',
      callers: people,
      body: zAddress,
      summary: 'Mails a code of six digits to an address, which confirms it within ten minutes',
    },
    async ({ body, caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      if (sendMailCode === undefined) throw new Refusal('mail-not-offered');
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      await addresses.askMailCode(person, body.address, code);
      const { language } = await addresses.settingsOf(person);
      const outcome = await sendMailCode(body.address, code, language);
      if (outcome === 'refused') throw new Refusal('mail-address-refused');
      if (outcome === 'unavailable') throw new Refusal('dependency-unavailable');
      return {};
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/mail-address/confirm',
      callers: people,
      body: zCode,
      summary: 'Confirms the address a code came to',
    },
    async ({ body, caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      await addresses.confirmMail(person, body.code);
      return {};
    },
  );
  route(
    { method: 'delete', path: '/v1/mail-address', callers: people, summary: 'Forgets the mail address' },
    async ({ caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      await addresses.removeMail(person);
      return {};
    },
  );
  return router;
}
