import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../packages/platform/test/support/free-port.js';
import { openCampusBrowser } from '../support/campus-browser.js';
import { eventually, type Installation, startInstallation } from '../support/installation.js';
import { openStudent, type Student } from '../support/student.js';
import { type Certificate, makeCertificate, openTlsFront, type TlsFront } from '../support/tls-front.js';
import { type ForeignClient, shownOn } from './foreign-client.js';
import { type PhpProxy, registerPhpProxy } from './php-proxy.js';
import { type SixClients, startSixClients } from './six-clients.js';

const CAS = [
  ['phpCAS', 'old-php'],
  ['mod_auth_cas', 'old-apache'],
  ['http-cas-client', 'old-node'],
  ['AuthCAS for Perl', 'old-perl'],
] as const;
const OIDC = [
  ['mod_auth_openidc', 'apache-oidc'],
  ['openid-client', 'node-oidc'],
] as const;
const SIX = [...CAS, ...OIDC];
let certificate: Certificate;
let front: TlsFront;
/** The portal by TLS. */
let callback: TlsFront;
let portal: PhpProxy;
let installation: Installation;
let six: SixClients;
let student: Student;
let other: Student;

beforeAll(async () => {
  certificate = makeCertificate();
  front = await openTlsFront(certificate);
  installation = await startInstallation((portBase) => {
    front.leadTo(`http://localhost:${portBase + 1}`);
    return { LANYARD_PUBLIC_URL_IDP: front.url, NODE_EXTRA_CA_CERTS: certificate.caFile };
  });
  callback = await openTlsFront(certificate);
  const ports = { portalPort: await freePort(), mailPort: await freePort() };
  callback.leadTo(`http://localhost:${ports.portalPort}`);
  portal = await registerPhpProxy(installation, ports, {
    idp: front.url,
    callback: callback.url,
    caFile: certificate.caFile,
  });
  six = await startSixClients(installation, certificate.caFile, async (folder) => portal.sites(folder));
  const at = { idp: front.url, caFile: certificate.caFile };
  student = await openStudent(installation, '9202512000002', at);
  other = await openStudent(installation, '9202310000040', at);
});
afterAll(async () => {
  await six?.stop();
  await installation?.stop();
  await front?.close();
  await callback?.close();
  certificate?.remove();
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(six.log());
});

const clientOf = (id: string): ForeignClient => {
  const client = six.clients.find((one) => one.id === id);
  if (client === undefined) throw new TypeError(id);
  return client;
};
/** What the page shows this browser now, without any redirect. */
const shownTo = async (who: Student, id: string) => shownOn((await who.browser.send(clientOf(id).page)).text);

describe('signing in by configuration only', () => {
  it.each(SIX)('%s reads number, Chinese name and a list of units', async (_name, id) => {
    const page = await student.browser.open(clientOf(id).page);
    expect(shownOn(page.text), page.text.slice(0, 500)).toEqual({
      user: '9202512000002',
      name: '阿依古丽·买买提',
      groups: [expect.stringMatching(/^\p{Script=Han}+$/u), expect.stringMatching(/^\d\d\p{Script=Han}+\d+班$/u)],
    });
    expect(shownOn((await other.browser.open(clientOf(id).page)).text)?.name).toBe(other.name);
  });

  it('asks each person once for all six', () => {
    expect([student.browser.prompts(), other.browser.prompts()]).toEqual([1, 1]);
  });

  it('is seen by the layer: every client has a last sign-in', async () => {
    for (const [, id] of SIX)
      await eventually(
        () => installation.idp<{ last_seen_at: number | null }>(`/v1/relying-parties/${id}`),
        (party) => party.last_seen_at !== null,
        3_000,
      );
  });
});

describe('phpCAS as a proxy', () => {
  it('reaches the mail service for its user, which sees the chain', async () => {
    const page = await student.browser.open(portal.page);
    expect(page.text).toContain('PORTAL SIGNED-IN');
    expect(page.text).toContain(`"user":"${student.number}","name":"${student.name}"`);
    expect(page.text).toContain(`"proxies":["${callback.url}/"]`);
    expect(student.browser.prompts()).toBe(1);
  });

  it('reaches nothing that its registration does not name', async () => {
    const party = await installation.idp<{ cas: object } & Record<string, unknown>>('/v1/relying-parties/php-portal');
    const { id, name_zh, name_en, protocol, purpose_zh, purpose_en, claims } = party;
    const cas = { ...party.cas, proxy: { callback_urls: [`${callback.url}/`], targets: [] } };
    const registration = { id, name_zh, name_en, protocol, purpose_zh, purpose_en, claims, cas };
    await installation.idp('/v1/relying-parties', registration);
    const page = await other.browser.open(portal.page);
    expect(page.text).toContain('REFUSED');
    expect(page.text).not.toContain('SIGNED-IN');
  });
});

describe('what the clients refuse', () => {
  it.each(CAS)('%s takes no ticket that was never issued', async (_name, id) => {
    const stranger = openCampusBrowser({ caFile: certificate.caFile });
    const page = await stranger.send(`${clientOf(id).page}?ticket=ST-${'A'.repeat(32)}`);
    expect(shownOn(page.text)).toBeUndefined();
    expect(shownOn((await stranger.send(clientOf(id).page)).text)).toBeUndefined();
  });

  it.each(CAS)('%s takes no ticket of another service', async (_name, id) => {
    const wrong = CAS.find(([, one]) => one !== id)?.[1] ?? '';
    const begun = `${front.url}/cas/login?service=${encodeURIComponent(clientOf(wrong).page)}`;
    const back = await student.browser.open(begun).then((page) => page.way.find((url) => url.includes('ticket=')));
    const ticket = new URL(back ?? '').searchParams.get('ticket');
    expect(ticket).toMatch(/^ST-/);
    const stranger = openCampusBrowser({ caFile: certificate.caFile });
    const page = await stranger.send(`${clientOf(id).page}?ticket=${ticket}`);
    expect(shownOn(page.text)).toBeUndefined();
  });

  it.each(OIDC)('%s takes no code that it did not ask for', async (_name, id) => {
    const stranger = openCampusBrowser({ caFile: certificate.caFile });
    const page = await stranger.send(`${clientOf(id).page}signed-in?code=abc&state=abc`);
    expect(shownOn(page.text)).toBeUndefined();
    expect(shownOn((await stranger.send(clientOf(id).page)).text)).toBeUndefined();
  });

  it.each(CAS)('%s ends no session for a logout call with a wrong ticket', async (_name, id) => {
    const logoutRequest = `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" IssueInstant="2026-01-01T00:00:00Z"><samlp:SessionIndex>ST-${'B'.repeat(32)}</samlp:SessionIndex></samlp:LogoutRequest>`;
    await openCampusBrowser().send(clientOf(id).page, { logoutRequest });
    expect(await shownTo(student, id)).toBeDefined();
  });

  it.each(OIDC)('%s ends no session for a logout token that nobody signed', async (_name, id) => {
    const address = (clientOf(id).registration['oidc'] as { backchannel_logout_uri: string }).backchannel_logout_uri;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = { iss: front.url, aud: id, sub: 'x', sid: 'x', iat: nowSeconds, jti: 'x', events: event };
    const token = `${part({ alg: 'none', typ: 'logout+jwt' })}.${part(claims)}.`;
    expect((await openCampusBrowser().send(address, { logout_token: token })).status).toBe(400);
    expect(await shownTo(student, id)).toBeDefined();
  });
});

describe('single logout', () => {
  it('signs the person out of all six within 3 s, and nobody else', async () => {
    const began = await student.signOut();
    for (const [, id] of SIX)
      await eventually(
        () => shownTo(student, id),
        (shown) => shown === undefined,
        3_000,
      );
    expect(Date.now() - began).toBeLessThan(3_000);
    for (const [, id] of SIX) expect((await shownTo(other, id))?.user, id).toBe(other.number);
  });

  it('leaves no call open', async () => {
    const answer = await installation.idp<{ deliveries: { state: string; relying_party: string }[] }>(
      '/v1/logout-deliveries',
    );
    expect(answer.deliveries.filter((row) => row.state !== 'delivered')).toEqual([]);
    const told = new Set(answer.deliveries.map((row) => row.relying_party));
    expect(told).toEqual(new Set([...SIX.map(([, id]) => id), 'php-portal', 'php-mail']));
  });

  it('asks for the person again at the next client', async () => {
    await student.browser.open(clientOf('old-php').page);
    expect(student.browser.prompts()).toBe(2);
  });
});
