import { expect } from 'vitest';
import { USUAL_SETTINGS } from '../../../src/domain/notices/settings.js';
import { type MailBox, openMailBox } from './mail-box.js';
import { startCampus, type TestCampus } from './start-campus.js';

const HOUR_MS = 3_600_000;
const ZONE_MS = 8 * HOUR_MS;

export interface MailedCampus {
  readonly campus: TestCampus;
  readonly box: MailBox;
  close(): Promise<void>;
}

/** Campus beside a mail server that takes what it sends. */
export async function startMailedCampus(options: Parameters<typeof startCampus>[0] = {}): Promise<MailedCampus> {
  const box = await openMailBox();
  const environment = { LANYARD_SMTP_URL: box.url, LANYARD_MAIL_FROM: 'notices@campus.example.edu' };
  const campus = await startCampus({ ...options, environment });
  return {
    ...{ box, campus },
    async close() {
      await campus.close();
      await box.down();
    },
  };
}

/** The campus clock shows three in the morning of a day to come. */
export function setNight(campus: TestCampus): void {
  const midnightMs = Math.floor((Date.now() + ZONE_MS) / (24 * HOUR_MS)) * 24 * HOUR_MS - ZONE_MS;
  campus.clock.ms = midnightMs + 51 * HOUR_MS - Date.now();
}

/** Gives an address and confirms it by the code that comes. */
export async function withMail(
  box: MailBox,
  as: ReturnType<TestCampus['staff']>,
  address: string,
  settings: object = USUAL_SETTINGS,
): Promise<void> {
  expect((await as('/v1/notice-settings', { method: 'PUT', body: settings })).status).toBe(200);
  expect((await as('/v1/mail-address', { body: { address } })).status).toBe(204);
  const code = /\d{6}/.exec(box.to(address).at(-1)?.text ?? '')?.[0];
  expect((await as('/v1/mail-address/confirm', { body: { code } })).status).toBe(204);
}

/** A member of staff with a confirmed address, seen at the inbox. */
export async function reachable(...given: Parameters<typeof withMail>): Promise<void> {
  await withMail(...given);
  expect((await given[1]('/v1/inbox')).status).toBe(200);
}
