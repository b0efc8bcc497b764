import { createECDH } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pushPayload } from '../../src/adapters/push-channel.js';
import { parseSmtpUrl } from '../../src/adapters/smtp-settings.js';
import { noticeChannels } from '../../src/api/index.js';
import { zCampusConfig } from '../../src/config.js';
import { waitAfter } from '../../src/domain/notices/deliver.js';
import { leavingLine, leavingMessage } from '../../src/domain/notices/leaving-message.js';
import { codeMailText, mailText } from '../../src/domain/notices/mail-text.js';
import { NOTICE_KINDS } from '../../src/domain/notices/notice.js';
import { URGENCY_OF, USUAL_SETTINGS, wakes, zNoticeSettings } from '../../src/domain/notices/settings.js';
import { parseWebhookSecret, webhookHeaders } from '../../src/domain/notices/webhook-signature.js';
import { outsideQuietHours, whenToSend } from '../../src/domain/notices/when-to-send.js';
import { openPush } from '../service/support/push-service.js';
import { CATALOGUE, serviceOf } from '../support/catalogue.js';

const ZONE_MS = 8 * 3_600_000;
const at = (text: string) => Date.parse(`${text}+08:00`);
const shown = (ms: number) => new Date(ms + ZONE_MS).toISOString().slice(0, 16);
const USUAL = USUAL_SETTINGS;

describe('when a notice leaves the house', () => {
  it.each([
    ['your turn, by day', 'your-turn', 'mail', '2026-11-30T12:00:00', 'at-once', ''],
    ['the last minute before quiet hours', 'late', 'mail', '2026-11-30T21:59:59', 'at-once', ''],
    ['the first of quiet hours', 'late', 'mail', '2026-11-30T22:00:00', 'after-quiet-hours', '2026-12-01T07:00'],
    ['past midnight', 'returned', 'push', '2026-12-01T00:30:00', 'after-quiet-hours', '2026-12-01T07:00'],
    ['the minute before their end', 'returned', 'push', '2026-12-01T06:59:59', 'after-quiet-hours', '2026-12-01T07:00'],
    ['the minute of their end', 'returned', 'push', '2026-12-01T07:00:00', 'at-once', ''],
    ['granted, with the digest of today', 'granted', 'mail', '2026-11-30T17:59:00', 'with-digest', '2026-11-30T18:00'],
    [
      'granted, on the minute of the digest',
      'granted',
      'mail',
      '2026-11-30T18:00:00',
      'with-digest',
      '2026-11-30T18:00',
    ],
    ['granted, after it', 'granted', 'mail', '2026-11-30T18:00:01', 'with-digest', '2026-12-01T18:00'],
    ['granted stays within, for push', 'granted', 'push', '2026-11-30T12:00:00', 'never', ''],
    ['asked by name, at once', 'asked-by-name', 'mail', '2026-11-30T08:00:00', 'at-once', ''],
    ['the messenger was not turned on', 'your-turn', 'messenger', '2026-11-30T12:00:00', 'never', ''],
  ] as const)('%s', (_, kind, channel, when, is, then) => {
    const found = whenToSend(kind, channel, USUAL, at(when), ZONE_MS);
    expect([found.is, 'atMs' in found ? shown(found.atMs) : '']).toEqual([is, then]);
  });
  it.each([
    ['within a day', '13:00', '14:00', '2026-11-30T13:30:00', '2026-11-30T14:00'],
    ['outside of them', '13:00', '14:00', '2026-11-30T14:00:00', '2026-11-30T14:00'],
    ['none', '07:00', '07:00', '2026-11-30T07:00:00', '2026-11-30T07:00'],
    ['all but a minute', '00:01', '00:00', '2026-11-30T00:01:00', '2026-12-01T00:00'],
  ])('quiet hours %s', (_, quiet_from, quiet_until, when, then) => {
    expect(shown(outsideQuietHours({ quiet_from, quiet_until }, at(when), ZONE_MS))).toBe(then);
  });
  it('a digest in quiet hours waits for their end', () => {
    const late = whenToSend('granted', 'mail', { ...USUAL, digest_at: '23:00' }, at('2026-11-30T20:00:00'), ZONE_MS);
    expect(late).toEqual({ is: 'with-digest', atMs: at('2026-12-01T07:00:00') });
  });
  it('never comes earlier, never in quiet hours, never more than two days later', () => {
    const time = fc.integer({ min: 0, max: 1439 }).map((minutes) => {
      const [hours, rest] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
      return `${hours}:${rest}`;
    });
    const instant = fc.integer({ min: at('2024-01-01T00:00:00'), max: at('2028-12-31T00:00:00') });
    fc.assert(
      fc.property(
        time,
        time,
        time,
        instant,
        fc.constantFrom(...NOTICE_KINDS.filter((kind) => !wakes(kind))),
        (quiet_from, quiet_until, digest_at, ms, kind) => {
          const settings = zNoticeSettings.parse({ ...USUAL, quiet_from, quiet_until, digest_at });
          const found = whenToSend(kind, 'mail', settings, ms, ZONE_MS);
          const then = 'atMs' in found ? found.atMs : ms;
          expect(then).toBeGreaterThanOrEqual(ms);
          expect(then - ms).toBeLessThanOrEqual(2 * 86_400_000);
          expect(outsideQuietHours(settings, then, ZONE_MS)).toBe(then);
        },
      ),
    );
  });
  it('every kind is urgent or not', () => {
    expect(NOTICE_KINDS.filter((kind) => URGENCY_OF[kind] === 'urgent')).toEqual([
      ...['returned', 'your-turn', 'late', 'asked-by-name', 'danger', 'incident', 'talk-opened', 'talk-message'],
    ]);
  });
  it.each(noticeChannels)('danger to life goes out at once, in quiet hours and whatever was chosen [%s]', (channel) => {
    const off = { urgent: 'in-app', other: 'in-app' } as const;
    const settings = { ...USUAL, channels: { mail: off, push: off, messenger: off } };
    const atMs = at('2026-11-30T03:00:00');
    expect(whenToSend('danger', channel, settings, atMs, ZONE_MS)).toEqual({ is: 'at-once' });
    expect(whenToSend('late', channel, settings, atMs, ZONE_MS)).toEqual({ is: 'never' });
    expect(NOTICE_KINDS.filter(wakes)).toEqual(['danger', 'incident']);
  });
  it('waits from one minute to six hours, eight times in half a day', () => {
    expect([1, 2, 3, 7, 8, 99].map((attempts) => waitAfter(attempts) / 60_000)).toEqual([1, 3, 9, 360, 360, 360]);
  });
  it.each([
    ['a time of no clock', { quiet_from: '24:00' }],
    ['an unknown pace', { channels: { ...USUAL.channels, mail: { urgent: 'weekly', other: 'digest' } } }],
    ['something unknown', { address: 'x@example.edu' }],
  ])('settings are refused [%s]', (_, wrong) => {
    expect(zNoticeSettings.safeParse({ ...USUAL, ...wrong }).success).toBe(false);
  });
});

const URL_OF_CASE = 'https://campus.example.edu/m/education/cases/abc';
const NOTICES = 'https://campus.example.edu/notices';
const SETTINGS = 'https://campus.example.edu/notices/settings';
const line = (service: string, kind: (typeof NOTICE_KINDS)[number], step: string | null, language: 'zh' | 'en') =>
  leavingLine({ kind, step, caseUrl: URL_OF_CASE }, serviceOf(service), language);
const message = (lines: ReturnType<typeof line>[], kinds: (typeof NOTICE_KINDS)[number][], isDigest: boolean) =>
  leavingMessage({
    id: 'i',
    atMs: 0,
    kinds,
    lines,
    isDigest,
    language: 'en',
    noticesUrl: NOTICES,
    settingsUrl: SETTINGS,
  });

describe('what leaves the house', () => {
  it('names a service everybody sees, what happened and where', () => {
    expect(line('leave', 'your-turn', 'counsellor', 'zh')).toEqual({
      title: '请销假',
      text: expect.stringContaining('轮到你'),
      url: URL_OF_CASE,
    });
  });
  it.each(CATALOGUE.filter(({ visible_to }) => visible_to !== 'everyone').map((one) => [one.id, one] as const))(
    'says nothing of a service that not everybody sees [%s]',
    (_id, service) => {
      for (const kind of NOTICE_KINDS)
        for (const language of ['zh', 'en'] as const) {
          const said = line(service.id, kind, service.steps[0]?.id ?? null, language);
          const words = `${said.title} ${said.text}`;
          for (const secret of [
            service.title.zh,
            service.title.en,
            service.module,
            ...service.steps.map((s) => s.title[language]),
          ])
            expect(words).not.toContain(secret);
          expect(said.url).toBe(URL_OF_CASE);
        }
      expect(line(service.id, 'your-turn', null, 'zh').title).toBe('有一件事轮到你');
      expect(line(service.id, 'your-turn', null, 'en').title).toBe('Something waits for you');
    },
  );
  it('a digest counts and lists what waits', () => {
    const lines = [line('leave', 'granted', null, 'en'), line('repair', 'your-turn', null, 'en')];
    const digest = message(lines, ['granted', 'your-turn'], true);
    expect(digest).toMatchObject({
      title: '2 notices today',
      text: '1 of 2 waits for you.',
      url: NOTICES,
      isUrgent: true,
    });
    const mail = mailText(digest, 'Example University');
    expect(mail.subject).toBe('2 notices today');
    for (const { title, text, url } of lines) for (const part of [title, text, url]) expect(mail.text).toContain(part);
    expect(mail.text).toContain(SETTINGS);
  });
  it('writes a title with markup and line breaks as what it is', () => {
    const odd = { title: '<img src=x onerror=alert(1)>\r\nBcc: a@b.cn', text: '"&\u2028', url: URL_OF_CASE };
    const mail = mailText(message([odd], ['granted'], false), 'U & V');
    expect(mail.subject).not.toMatch(/[\r\n\u2028]/);
    expect(mail.html).not.toContain('<img');
    expect(mail.html).toContain('&#60;img');
    expect(mail.html).toContain('U &#38; V');
  });
  it('carries a code in both languages', () => {
    for (const language of ['zh', 'en'] as const)
      expect(codeMailText('012345', language, 'U').text).toContain('012345');
  });
});

describe('the mail server', () => {
  it.each([
    ['smtps://u%40x:p%3A@mail.example.edu', { port: 465, secure: true, auth: { user: 'u@x', pass: 'p:' } }],
    ['smtp://mail.example.edu:25', { port: 25, secure: false, requireTLS: true }],
    ['smtp://localhost:2525', { host: 'localhost', requireTLS: false }],
    ['smtp://[::1]:2525', { host: '::1', requireTLS: false }],
    ['smtp://127.0.0.1.example.edu', { requireTLS: true }],
    ['smtp://10.0.0.1', { requireTLS: true }],
  ])('is reached as its address says [%s]', (text, wanted) => {
    expect(parseSmtpUrl(text)).toMatchObject(wanted);
  });
  it.each(['http://mail.example.edu', 'mail.example.edu:25', 'smtp://', ''])('is none [%s]', (text) => {
    expect(parseSmtpUrl(text)).toBeUndefined();
  });
  it('a wrong address is refused at the start, and its password is not repeated', () => {
    const parsed = zCampusConfig.safeParse({ LANYARD_SMTP_URL: 'ftp://u:geheim@x' });
    const issues = parsed.error?.issues ?? [];
    expect(issues.some(({ path }) => path[0] === 'LANYARD_SMTP_URL')).toBe(true);
    expect(JSON.stringify(issues)).not.toContain('geheim');
  });
});

describe('the sender of mails', () => {
  const needed = {
    ...{ LANYARD_PORT: '1', LANYARD_DATABASE_URL: 'postgres://a', LANYARD_DATABASE_SEAL_URL: 'postgres://b' },
    ...{
      LANYARD_STORE: 's',
      LANYARD_KEY_FILE: 'k',
      LANYARD_CALLERS: 'c',
      LANYARD_PUBLIC_URL_ISSUER: 'http://localhost:1',
    },
  };
  it.each([
    ['neither server nor sender', {}, true],
    ['both', { LANYARD_SMTP_URL: 'smtp://localhost', LANYARD_MAIL_FROM: 'a@example.edu' }, true],
    ['a server without a sender', { LANYARD_SMTP_URL: 'smtp://localhost' }, false],
    ['a sender that is none', { LANYARD_SMTP_URL: 'smtp://localhost', LANYARD_MAIL_FROM: 'a b <x>' }, false],
  ])('is set with the server [%s]', (_, more, isGood) => {
    expect(zCampusConfig.safeParse({ ...needed, ...more }).success).toBe(isGood);
  });
});

describe('the signature of a messenger message', () => {
  it('is that of the published example [Standard Webhooks, verifying webhooks manually]', () => {
    const secret = parseWebhookSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') as Buffer;
    const call = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', nowSeconds: 1_614_265_330, body: '{"test": 2432232314}' };
    expect(webhookHeaders(secret, call)['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
  it.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', `whsec_${'A'.repeat(92)}`])(
    'needs a secret of 24 to 64 bytes [%s]',
    (text) => {
      expect(parseWebhookSecret(text)).toBeUndefined();
    },
  );
});

describe('a push message', () => {
  it('opens as RFC 8291 says [appendix A]', () => {
    const ecdh = createECDH('prime256v1');
    ecdh.setPrivateKey(Buffer.from('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', 'base64url'));
    const auth = Buffer.from('BTBZMqHH6r4Tts7J_aSIgg', 'base64url');
    const body = Buffer.from(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
      'base64url',
    );
    expect(openPush({ ecdh, auth }, body)).toBe('When I grow up, I want to be a watermelon');
  });
  it('fits two KiB whatever a title holds', () => {
    const long = { title: '"'.repeat(500), text: '\u0001'.repeat(500), url: URL_OF_CASE };
    const payload = pushPayload(message([long], ['granted'], false));
    expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(2_048);
    expect(JSON.parse(payload)).toMatchObject({ id: 'i', url: '/m/education/cases/abc' });
  });
});
