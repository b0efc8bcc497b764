import { deflateSync, inflateSync } from 'node:zlib';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { buildLogoutRequest, createCasLogoutSender, logoutForm } from '../../../src/domain/cas/logout-request.js';
import { createCasLogouts, type SessionTicket } from '../../../src/domain/cas/session-logouts.js';
import type { LogoutDelivery } from '../../../src/domain/logout/logout-delivery.js';
import { zRelyingParty } from '../../../src/domain/relying-parties/relying-party.js';

const TICKET = `ST-${'a'.repeat(32)}`;
const NOW = 1_788_000_000;
function party(id: string, cas: object = {}) {
  return zRelyingParty.parse({
    ...{ id, name_zh: '服务', name_en: 'Service', protocol: 'cas', purpose_zh: '登录', purpose_en: 'Sign in' },
    cas: { services: [{ url: `https://${id}.a.edu.cn/`, match: 'prefix' }], ...cas },
  });
}
const delivery = (payload: LogoutDelivery['payload']): LogoutDelivery => ({
  id: '1',
  protocol: 'cas-back-channel',
  relyingPartyId: 'library',
  address: 'https://library.a.edu.cn/x',
  payload,
});

describe('a logout request', () => {
  it('names the ticket in SessionIndex, without white space or attributes', () => {
    const message = buildLogoutRequest({ ticket: TICKET, idSecondsNow: NOW, id: '_1' });
    expect(message).toContain(`<samlp:SessionIndex>${TICKET}</samlp:SessionIndex>`);
    const root = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' }).parse(message)[
      'samlp:LogoutRequest'
    ];
    expect(root).toMatchObject({ '@ID': '_1', '@Version': '2.0', '@IssueInstant': '2026-08-29T10:40:00Z' });
  });

  it('fits into the 1,023 bytes that mod_auth_cas reads, and its form begins with the field [longest id]', () => {
    const id = `_${'f'.repeat(36)}`;
    const form = logoutForm(buildLogoutRequest({ ticket: TICKET, idSecondsNow: NOW, id }));
    expect(form).toMatch(/^logoutRequest=%3Csamlp/);
    expect(Buffer.byteLength(form)).toBeLessThan(1_023);
  });
});

describe('the back channel', () => {
  const send = (status: number, seen: unknown[] = []) =>
    createCasLogoutSender({
      post: async (request) => {
        seen.push(request);
        return { status };
      },
      nowSeconds: () => NOW,
      newId: () => 'id',
    });
  const signal = new AbortController().signal;

  it.each([200, 204, 302])('takes the service at its word [%d]', async (status) => {
    const seen: { address: string; body: string; contentType: string }[] = [];
    await send(status, seen)(delivery({ ticket: TICKET }), party('library'), signal);
    expect(seen[0]?.address).toBe('https://library.a.edu.cn/x');
    expect(seen[0]?.contentType).toBe('application/x-www-form-urlencoded');
    expect([...new URLSearchParams(seen[0]?.body).keys()]).toEqual(['logoutRequest']);
    expect(new URLSearchParams(seen[0]?.body).get('logoutRequest')).toContain(TICKET);
  });

  it.each([400, 404, 500, 503])('throws where the service did not take it [%d]', async (status) => {
    await expect(send(status)(delivery({ ticket: TICKET }), party('library'), signal)).rejects.toMatchObject({
      code: 'cas-logout-not-taken',
      status,
    });
  });

  it('is not for a delivery without a ticket', async () => {
    await expect(send(200)(delivery({ sid: 'x' }), party('library'), signal)).rejects.toThrow(TypeError);
  });
});

describe('a session that ends', () => {
  const parties = [
    party('library'),
    party('other', { logout_url: 'https://other.a.edu.cn/slo' }),
    party('front', { single_logout: 'front' }),
    party('silent', { single_logout: 'none' }),
  ];
  const tickets: SessionTicket[] = [...parties.map(({ id }) => id), 'gone'].map((id) => ({
    relyingPartyId: id,
    service: `https://${id}.a.edu.cn/书?x=1`,
    ticket: TICKET,
  }));
  const logouts = createCasLogouts<string>({
    endTicketsOfSession: async () => tickets,
    listTicketsOfSession: async () => tickets,
    findRelyingParty: (id) => parties.find((each) => each.id === id),
    newId: () => 'id',
    nowSeconds: () => NOW,
    compress: deflateSync,
  });

  it('owes one delivery to each service of the back channel, at its logout address or its service', async () => {
    const deliveries = await logouts.casLogoutsOf('transaction', 'session');
    expect(deliveries.map(({ relyingPartyId, address }) => [relyingPartyId, address])).toEqual([
      ['library', 'https://library.a.edu.cn/%E4%B9%A6?x=1'],
      ['other', 'https://other.a.edu.cn/slo'],
    ]);
    expect(deliveries[0]).toMatchObject({ protocol: 'cas-back-channel', payload: { ticket: TICKET } });
  });

  it('owes a link to each service of the front channel', async () => {
    const links = await logouts.frontChannelLogoutUrls('session');
    expect(links.map(({ relyingPartyId }) => relyingPartyId)).toEqual(['front']);
    const url = new URL(links[0]?.url ?? '');
    expect(url.searchParams.get('x')).toBe('1');
    const message = inflateSync(Buffer.from(url.searchParams.get('logoutRequest') ?? '', 'base64')).toString();
    expect(message).toContain(TICKET);
  });
});
