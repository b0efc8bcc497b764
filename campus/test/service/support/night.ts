import { expect } from 'vitest';
import { USUAL_SETTINGS } from '../../../src/domain/notices/settings.js';
import type { MailBox } from './mail-box.js';
import type { TestCampus } from './start-campus.js';

const HOUR_MS = 3_600_000;
const ZONE_MS = 8 * HOUR_MS;

/** The campus clock shows three in the morning of a day to come. */
export function setNight(campus: TestCampus): void {
  const midnightMs = Math.floor((Date.now() + ZONE_MS) / (24 * HOUR_MS)) * 24 * HOUR_MS - ZONE_MS;
  campus.clock.ms = midnightMs + 51 * HOUR_MS - Date.now();
}

/** A member of staff with a confirmed address, seen at the inbox. */
export async function reachable(
  box: MailBox,
  as: ReturnType<TestCampus['staff']>,
  address: string,
  settings: object = USUAL_SETTINGS,
): Promise<void> {
  expect((await as('/v1/notice-settings', { method: 'PUT', body: settings })).status).toBe(200);
  expect((await as('/v1/mail-address', { body: { address } })).status).toBe(204);
  const code = /\d{6}/.exec(box.to(address).at(-1)?.text ?? '')?.[0];
  expect((await as('/v1/mail-address/confirm', { body: { code } })).status).toBe(204);
  expect((await as('/v1/inbox')).status).toBe(200);
}
