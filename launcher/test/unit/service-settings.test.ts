import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Installation } from '../../src/installation/read-installation.js';
import { campusSettings, identitySettings, noticeSettings } from '../../src/installation/service-settings.js';

const MAIL = { LANYARD_SMTP_URL: 'smtps://n:secret@mail.example.edu:465', LANYARD_MAIL_FROM: 'n@example.edu' };
const SIGN_IN = { LANYARD_PASSWORDS: 'off', LANYARD_UPSTREAM_SECRET_LIBRARY: 's' };
const GATEWAY = { LANYARD_NOTICE_GATEWAY_URL: 'https://sms.example.edu', LANYARD_NOTICE_GATEWAY_TOKEN: 't' };
const all = { ...MAIL, ...SIGN_IN, ...GATEWAY, LANYARD_OPERATOR: 'x' };
const installation = { home: '/h' } as Installation;

describe('what the launcher passes on', () => {
  it('goes to the one process it is for [mail] [sign-in] [gateway]', () => {
    expect(campusSettings(all)).toEqual(MAIL);
    expect(identitySettings(all)).toEqual(SIGN_IN);
    expect(noticeSettings(installation, all)).toEqual(GATEWAY);
  });
  it('is nothing where nothing was set [absent] [empty]', () => {
    expect(campusSettings({})).toEqual({});
    expect(campusSettings({ LANYARD_SMTP_URL: '', LANYARD_SCHOOL_CALENDAR: '' })).toEqual({});
    expect(identitySettings({ LANYARD_PASSWORDS: '' })).toEqual({});
    expect(noticeSettings(installation, {})).toEqual({ LANYARD_NOTICE_FOLDER: '/h/issuer/notices' });
  });
  it('names the school’s calendar from the folder the operator stood in', () => {
    const { LANYARD_SCHOOL_CALENDAR: path } = campusSettings({ LANYARD_SCHOOL_CALENDAR: 'calendar.json' });
    expect(path).toBe(resolve('calendar.json'));
  });
});
