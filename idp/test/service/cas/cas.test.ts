import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RelyingPartyInput, zRelyingParty } from '../../../src/domain/relying-parties/relying-party.js';
import { type Facades, startFacades } from './start-facades.js';

const PURPOSE = { purpose_zh: '登录', purpose_en: 'Sign in' };
function party(id: string, cas: RelyingPartyInput['cas'], more: Partial<RelyingPartyInput> = {}) {
  const base = { id, name_zh: '服务', name_en: 'Service', protocol: 'cas' as const, ...PURPOSE };
  return zRelyingParty.parse({ ...base, claims: ['name', 'roles'], cas, ...more });
}
const SERVICE = 'https://lib.a.edu.cn/app/books?id=1&x=%E4%B8%AD';
const CALLBACK = 'https://portal.a.edu.cn/pgt?keep=1';
const parties = [
  party('library', {
    services: [{ url: 'https://lib.a.edu.cn/app/', match: 'prefix' }],
    attributes: { cn: 'name', memberOf: 'roles' },
  }),
  party('portal', {
    services: [{ url: 'https://portal.a.edu.cn/' }],
    proxy: { callback_urls: [CALLBACK, 'http://portal.a.edu.cn/pgt'], targets: ['mail', 'strong', 'library'] },
  }),
  party('mail', { services: [{ url: 'https://mail.a.edu.cn/' }] }),
  party('strong', { services: [{ url: 'https://strong.a.edu.cn/' }] }, { acr: 'device-passkey' }),
  party('front', { services: [{ url: 'https://front.a.edu.cn/' }], single_logout: 'front' }),
];
let facades: Facades;
beforeAll(async () => {
  facades = await startFacades(9550, parties);
});
afterAll(() => facades.close());
beforeEach(() => {
  Object.assign(facades.world, {
    ...{
      session: undefined,
      refusal: undefined,
      nobody: false,
      offsetMs: 0,
      parties,
      callbackAnswers: true,
      failClaims: false,
    },
    ...{ callbacks: [], endings: [] },
  });
});

const query = (parameters: Record<string, string>) => `?${new URLSearchParams(parameters)}`;
const locationOf = (answer: Response) => answer.headers.get('location') ?? '';
/** From `/login` to where the browser goes after the sign-in. */
async function signIn(parameters: Record<string, string>, prefix = '/cas') {
  const begun = await facades.get(`${prefix}/login${query(parameters)}`);
  expect(begun.status).toBe(302);
  const at = new URL(locationOf(begun), facades.url);
  return { prompt: at.searchParams.get('prompt'), back: await facades.get(`${prefix}/callback${at.search}`) };
}
async function ticketFor(service = SERVICE, parameters: Record<string, string> = {}): Promise<string> {
  const { back } = await signIn({ service, ...parameters });
  return new URL(locationOf(back)).searchParams.get('ticket') ?? '';
}
const fetchText = async (path: string, parameters: Record<string, string>) => {
  const answer = await facades.get(`${path}${query(parameters)}`);
  expect(answer.status).toBe(200);
  return answer.text();
};
const validate = (parameters: Record<string, string>, path = '/cas/serviceValidate') => fetchText(path, parameters);
const codeOf = (xml: string) => /code="([A-Z_]+)"/.exec(xml)?.[1];
const verdictOf = async (parameters: Record<string, string>, path?: string) => {
  const xml = await validate(parameters, path);
  return xml.includes('<cas:authenticationSuccess>') ? 'success' : codeOf(xml);
};
const soap = (ticket: string) =>
  `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/><SOAP-ENV:Body><samlp:Request xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol" MajorVersion="1" MinorVersion="1" RequestID="_1"><samlp:AssertionArtifact>${ticket}</samlp:AssertionArtifact></samlp:Request></SOAP-ENV:Body></SOAP-ENV:Envelope>`;
const samlValidate = async (target: string, body: string) => {
  const answer = await facades.get(`/cas/samlValidate${query({ TARGET: target })}`, { method: 'POST', body });
  expect(answer.status).toBe(200);
  return answer.text();
};

describe('sign-in', () => {
  it.each(['/cas', '/authserver'])('brings a ticket to the service as it was sent [%s]', async (prefix) => {
    const { back, prompt } = await signIn({ service: SERVICE }, prefix);
    expect(prompt).toBe('normal');
    expect(back.status).toBe(302);
    expect(back.headers.get('cache-control')).toBe('no-store');
    expect(locationOf(back)).toMatch(
      /^https:\/\/lib\.a\.edu\.cn\/app\/books\?id=1&x=%E4%B8%AD&ticket=ST-[A-Za-z0-9]{32}$/,
    );
  });
  it('without a service goes to the account page', async () => {
    expect(locationOf(await facades.get('/cas/login'))).toBe('/account');
    expect(locationOf(await facades.get('/cas/login?gateway=true'))).toBe('/account');
  });
  it('brings SAMLart where TARGET was sent', async () => {
    const { back } = await signIn({ TARGET: SERVICE });
    expect(new URL(locationOf(back)).searchParams.get('SAMLart')).toMatch(/^ST-/);
  });
  it('posts the ticket where the service asks so, by a script of our own and a button', async () => {
    const { back } = await signIn({ service: SERVICE, method: 'POST' });
    expect(back.status).toBe(200);
    const policy = back.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain('form-action https://lib.a.edu.cn;');
    const html = await back.text();
    expect(html).toContain('action="https://lib.a.edu.cn/app/books?id=1&amp;x=%E4%B8%AD"');
    const ticket = /name="ticket" value="(ST-[A-Za-z0-9]{32})"/.exec(html)?.[1] ?? '';
    expect(html).toContain('<button');
    const script = await facades.get('/cas/post.js');
    expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(await verdictOf({ service: SERVICE, ticket })).toBe('success');
  });
  it.each([
    ['[service twice]', `service=${encodeURIComponent(SERVICE)}&service=https://mail.a.edu.cn/`],
    ['[service and TARGET]', `service=${encodeURIComponent(SERVICE)}&TARGET=https://mail.a.edu.cn/`],
  ])('shows an error page and begins nothing %s', async (_variant, querystring) => {
    const answer = await facades.get(`/cas/login?${querystring}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'cas-request-invalid' });
  });
  it('shows why a person may not enter, and gives no ticket', async () => {
    facades.world.refusal = 'people-not-admitted';
    const { back } = await signIn({ service: SERVICE });
    expect(back.status).toBe(403);
    expect(await back.json()).toMatchObject({ code: 'people-not-admitted' });
  });
  it('shows a page where nobody signed in, as a service without a ticket would send the browser round and round', async () => {
    facades.world.nobody = true;
    const { back } = await signIn({ service: SERVICE, renew: 'true' });
    expect(back.status).toBe(403);
    expect(back.headers.get('location')).toBeNull();
    expect(await back.json()).toMatchObject({ code: 'facade-sign-in-not-done' });
  });
  it('comes back once', async () => {
    const answer = await facades.get('/cas/callback?key=none');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'facade-request-unknown' });
  });
  it('gives no ticket where the service was withdrawn meanwhile', async () => {
    const begun = await facades.get(`/cas/login${query({ service: SERVICE })}`);
    facades.world.parties = parties.filter(({ id }) => id !== 'library');
    const back = await facades.get(`/cas/callback${new URL(locationOf(begun), facades.url).search}`);
    expect(back.status).toBe(400);
    expect(back.headers.get('location')).toBeNull();
  });
});

describe('validation', () => {
  it.each([
    ['/cas/serviceValidate'],
    ['/cas/proxyValidate'],
    ['/cas/p3/serviceValidate'],
    ['/cas/p3/proxyValidate'],
    ['/authserver/serviceValidate'],
  ])('gives user and attributes, lists repeated [%s]', async (path) => {
    const xml = await validate({ service: SERVICE, ticket: await ticketFor() }, path);
    expect(xml).toContain('<cas:user>9900000001</cas:user>');
    expect(xml).toContain('<cas:cn>测试·学生</cas:cn>');
    expect(xml).toContain('<cas:memberOf>guard</cas:memberOf>\n<cas:memberOf>counsellor</cas:memberOf>');
    expect(xml).toContain('<cas:isFromNewLogin>');
    expect(xml).toContain('<cas:authnContextClass>urn:lanyard:acr:password</cas:authnContextClass>');
  });
  it('gives JSON where asked [format=json]', async () => {
    const ticket = await ticketFor();
    const answer = await facades.get(`/cas/p3/serviceValidate${query({ service: SERVICE, ticket, format: 'json' })}`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answer.json()).toMatchObject({
      serviceResponse: {
        authenticationSuccess: { user: '9900000001', attributes: { memberOf: ['guard', 'counsellor'] } },
      },
    });
    const again = await facades.get(`/cas/p3/serviceValidate${query({ service: SERVICE, ticket, format: 'JSON' })}`);
    expect(await again.json()).toMatchObject({
      serviceResponse: { authenticationFailure: { code: 'INVALID_TICKET' } },
    });
  });
  it('says yes and the name, or no [CAS 1.0]', async () => {
    const ticket = await ticketFor();
    expect(await validate({ service: SERVICE, ticket }, '/cas/validate')).toBe('yes\n9900000001\n');
    expect(await validate({ service: SERVICE, ticket }, '/cas/validate')).toBe('no\n');
    expect(await validate({ service: SERVICE }, '/cas/validate')).toBe('no\n');
  });
  it('answers a SAML 1.1 request, once', async () => {
    const { back } = await signIn({ TARGET: SERVICE });
    const ticket = new URL(locationOf(back)).searchParams.get('SAMLart') ?? '';
    const first = await samlValidate(SERVICE, soap(ticket));
    expect(first).toContain('Value="samlp:Success"');
    expect(first).toContain('InResponseTo="_1"');
    expect(first).toContain('<NameIdentifier>9900000001</NameIdentifier>');
    expect(first).toContain('<AttributeValue>guard</AttributeValue><AttributeValue>counsellor</AttributeValue>');
    expect(await samlValidate(SERVICE, soap(ticket))).toContain('INVALID_TICKET');
  });
  it.each([
    ['[no TARGET]', '', soap(`ST-${'a'.repeat(32)}`), 'INVALID_REQUEST'],
    ['[no XML]', SERVICE, 'x', 'INVALID_REQUEST'],
    ['[document type]', SERVICE, `<!DOCTYPE a>${soap(`ST-${'a'.repeat(32)}`)}`, 'INVALID_REQUEST'],
    ['[too long]', SERVICE, soap(' '.repeat(20_000)), 'INVALID_REQUEST'],
    ['[unknown ticket]', SERVICE, soap(`ST-${'a'.repeat(32)}`), 'INVALID_TICKET'],
  ])('refuses a SAML 1.1 request %s', async (_variant, target, body, code) => {
    const xml = await samlValidate(target, body);
    expect(xml).toContain('samlp:Requester');
    expect(xml).toContain(code);
    expect(xml).not.toContain('NameIdentifier');
  });
  it.each([
    ['[no ticket]', { service: SERVICE }, 'INVALID_REQUEST'],
    ['[empty service]', { service: '', ticket: `ST-${'a'.repeat(32)}` }, 'INVALID_REQUEST'],
    ['[unknown format]', { service: SERVICE, ticket: `ST-${'a'.repeat(32)}`, format: 'YAML' }, 'INVALID_REQUEST'],
    ['[unknown ticket]', { service: SERVICE, ticket: `ST-${'a'.repeat(32)}` }, 'INVALID_TICKET'],
    ['[no ticket of ours]', { service: SERVICE, ticket: 'x' }, 'INVALID_TICKET'],
    ['[a granting ticket]', { service: SERVICE, ticket: `PGT-${'a'.repeat(32)}` }, 'INVALID_TICKET'],
    ['[NUL in the service]', { service: `${SERVICE}\u0000`, ticket: `ST-${'a'.repeat(32)}` }, 'INVALID_TICKET'],
  ])('refuses %s', async (_variant, parameters, code) => {
    expect(await verdictOf(parameters as Record<string, string>)).toBe(code);
  });
  it('refuses a ticket after its 30 seconds, and does not bring it back [clock set back]', async () => {
    const [late, early] = [await ticketFor(), await ticketFor()];
    facades.world.offsetMs = 31_000;
    expect(await verdictOf({ service: SERVICE, ticket: late })).toBe('INVALID_TICKET');
    facades.world.offsetMs = 0;
    expect(await verdictOf({ service: SERVICE, ticket: late })).toBe('INVALID_TICKET');
    facades.world.offsetMs = 29_000;
    expect(await verdictOf({ service: SERVICE, ticket: early })).toBe('success');
  });
  it.each([
    ['[61 s before it was issued]', -61_000, 'INVALID_TICKET'],
    ['[31 s before]', -31_000, 'INVALID_TICKET'],
    ['[29 s before: another process may be ahead]', -29_000, 'success'],
    ['[31 s after]', 31_000, 'INVALID_TICKET'],
    ['[61 s after]', 61_000, 'INVALID_TICKET'],
    ['[an hour after a clock was set back]', -3_600_000, 'INVALID_TICKET'],
  ])('attack 30: takes a ticket within its time only %s', async (_variant, offsetMs, verdict) => {
    const ticket = await ticketFor();
    facades.world.offsetMs = offsetMs;
    expect(await verdictOf({ service: SERVICE, ticket })).toBe(verdict);
  });
  it('refuses where the session has ended, the person may not enter, or the service was withdrawn', async () => {
    const session = facades.signInNow();
    const [ended, left, withdrawn] = [await ticketFor(), await ticketFor(), await ticketFor()];
    facades.world.live.delete(session.sessionUid);
    expect(await verdictOf({ service: SERVICE, ticket: ended })).toBe('INVALID_TICKET');
    facades.world.live.add(session.sessionUid);
    const person = facades.world.people.get('a1');
    facades.world.people.delete('a1');
    expect(await verdictOf({ service: SERVICE, ticket: left })).toBe('INVALID_TICKET');
    if (person !== undefined) facades.world.people.set('a1', person);
    facades.world.parties = parties.filter(({ id }) => id !== 'library');
    expect(await verdictOf({ service: SERVICE, ticket: withdrawn })).toBe('INVALID_SERVICE');
  });
  it('says INTERNAL_ERROR for a fault of ours, with status 500, and the fault is logged', async () => {
    const ticket = await ticketFor();
    facades.world.failClaims = true;
    const before = facades.world.errors.length;
    const answer = await facades.get(`/cas/serviceValidate${query({ service: SERVICE, ticket })}`);
    expect(answer.status).toBe(500);
    expect(codeOf(await answer.text())).toBe('INTERNAL_ERROR');
    expect(facades.world.errors.length).toBe(before + 1);
  });
  it('takes no other method', async () => {
    const answer = await facades.get('/cas/serviceValidate', { method: 'POST', body: 'x' });
    expect(answer.status).toBe(405);
  });
});

describe('attack 13: a ticket used twice', () => {
  it('gives one success [one after the other]', async () => {
    const ticket = await ticketFor();
    expect(await verdictOf({ service: SERVICE, ticket })).toBe('success');
    expect(await verdictOf({ service: SERVICE, ticket })).toBe('INVALID_TICKET');
  });
  it('gives one success [20 in parallel]', async () => {
    const ticket = await ticketFor();
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => verdictOf({ service: SERVICE, ticket })));
    expect(verdicts.filter((verdict) => verdict === 'success').length).toBe(1);
    expect(verdicts.filter((verdict) => verdict === 'INVALID_TICKET').length).toBe(19);
  });
  it('gives 200 successes [200 tickets, each 20 times in parallel, all at once]', async () => {
    const tickets: string[] = [];
    for (let count = 0; count < 200; count += 1) tickets.push(await ticketFor());
    facades.world.offsetMs = -5_000;
    const offers = Array.from({ length: 20 }, () => tickets).flat();
    const verdicts: (string | undefined)[] = [];
    const workers = Array.from({ length: 40 }, async () => {
      for (let ticket = offers.pop(); ticket !== undefined; ticket = offers.pop())
        verdicts.push(await verdictOf({ service: SERVICE, ticket }));
    });
    await Promise.all(workers);
    expect(verdicts.length).toBe(4_000);
    expect(verdicts.filter((verdict) => verdict === 'success').length).toBe(200);
    expect(new Set(verdicts)).toEqual(new Set(['success', 'INVALID_TICKET']));
  }, 120_000);
});

describe('attack 14: a ticket with another service', () => {
  it.each([
    ['[host]', 'https://mail.a.edu.cn/'],
    ['[port]', SERVICE.replace('.cn/', '.cn:8443/')],
    ['[path]', SERVICE.replace('books', 'loans')],
    ['[scheme]', SERVICE.replace('https', 'http')],
    ['[extra query]', `${SERVICE}&y=1`],
    ['[%2F]', SERVICE.replace('/books', '%2Fbooks')],
    ['[trailing dot of the host]', SERVICE.replace('.cn/', '.cn./')],
    ['[trailing slash]', `${SERVICE}/`],
    ['[the same, encoded otherwise]', SERVICE.replace('%E4', '%e4')],
    ['[NUL]', `${SERVICE}\u0000`],
  ])('is INVALID_SERVICE, and the ticket is burnt %s', async (_variant, other) => {
    const ticket = await ticketFor();
    expect(await verdictOf({ service: other, ticket })).toBe('INVALID_SERVICE');
    expect(await verdictOf({ service: SERVICE, ticket })).toBe('INVALID_TICKET');
  });
});

describe('attack 15: a service that is not registered', () => {
  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.cn/',
    'https://lib.a.edu.cn.evil.cn/app/',
    'https://lib.a.edu.cn@evil.cn/app/',
    'https://lib.a.edu.cn\\@evil.cn/app/',
    'https://evil.cn\\.lib.a.edu.cn/app/',
    'https://lib.a.edu.cn/app/..%2f..%2fadmin',
    'https://evil.cn/?https://lib.a.edu.cn/app/',
  ])('shows an error page, redirects nowhere and makes no ticket [%s]', async (service) => {
    const before = (await facades.audit()).length;
    for (const parameters of [{ service }, { service, gateway: 'true' }, { TARGET: service }] as Record<
      string,
      string
    >[]) {
      const answer = await facades.get(`/cas/login${query(parameters)}`);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
      expect(await answer.json()).toMatchObject({ code: 'cas-service-not-registered' });
    }
    expect((await facades.audit()).length).toBe(before);
  });
});

describe('attack 16: markup', () => {
  it('in a user name stays text, with one verdict', async () => {
    const name = '</cas:user><cas:user>admin</cas:user>&x;<!--';
    const person = { number: name, subject: 's', claims: { name, roles: [name] } };
    facades.world.people.set('nasty', person);
    facades.signInNow({ accountId: 'nasty' });
    const xml = await validate({ service: SERVICE, ticket: await ticketFor() });
    expect(xml.match(/<cas:user>/g)?.length).toBe(1);
    expect(xml.match(/<cas:authentication(Success|Failure)[ >]/g)?.length).toBe(1);
    expect(xml).toContain('<cas:user>&lt;/cas:user&gt;&lt;cas:user&gt;admin');
    expect(xml).not.toContain('<!--');
  });
  it('in a ticket or service never comes back', async () => {
    const markup = '</cas:authenticationFailure><cas:authenticationSuccess><cas:user>admin</cas:user>';
    for (const parameters of [
      { ticket: `ST-${markup}`, service: SERVICE },
      { ticket: await ticketFor(), service: markup },
    ]) {
      const xml = await validate(parameters);
      expect(xml).toContain('<cas:authenticationFailure code="INVALID_');
      expect(xml).not.toContain('admin');
    }
    expect(await samlValidate(`"><x>${markup}`, soap(`ST-${'a'.repeat(32)}`))).not.toContain('<cas:');
  });
});

describe('attack 17: parameters in the ticket', () => {
  it('are no ticket [encoded], and two services are no request [raw]', async () => {
    const ticket = await ticketFor();
    const injected = `${ticket}&service=${encodeURIComponent('https://mail.a.edu.cn/')}`;
    expect(await verdictOf({ service: SERVICE, ticket: injected })).toBe('INVALID_TICKET');
    const raw = await facades.get(`/cas/serviceValidate?service=${encodeURIComponent(SERVICE)}&ticket=${injected}`);
    expect(codeOf(await raw.text())).toBe('INVALID_REQUEST');
    // Neither of them was a look at the ticket itself.
    expect(await verdictOf({ service: SERVICE, ticket })).toBe('success');
  });
});

describe('attack 18: renew and gateway', () => {
  it('renew at validation takes only a ticket of a fresh sign-in', async () => {
    expect(await verdictOf({ service: SERVICE, ticket: await ticketFor(), renew: 'true' })).toBe('success');
    const fromSession = await ticketFor();
    expect(await verdictOf({ service: SERVICE, ticket: fromSession, renew: 'true' })).toBe('INVALID_TICKET');
    expect(await verdictOf({ service: SERVICE, ticket: fromSession })).toBe('INVALID_TICKET');
    expect(await validate({ service: SERVICE, ticket: await ticketFor(), renew: 'true' }, '/cas/validate')).toBe(
      'no\n',
    );
    const renewed = await ticketFor(SERVICE, { renew: 'true' });
    expect(await verdictOf({ service: SERVICE, ticket: renewed, renew: 'true' })).toBe('success');
  });
  it.each(['true', '1'])('gateway without a session returns without a ticket [%s]', async (gateway) => {
    const { back, prompt } = await signIn({ service: SERVICE, gateway });
    expect(prompt).toBe('silent');
    expect(locationOf(back)).toBe(SERVICE);
  });
  it('gateway with a session brings a ticket, and none to a person who may not enter', async () => {
    facades.signInNow();
    expect(locationOf((await signIn({ service: SERVICE, gateway: 'true' })).back)).toContain('ticket=ST-');
    facades.world.refusal = 'people-not-admitted';
    expect(locationOf((await signIn({ service: SERVICE, gateway: 'true' })).back)).toBe(SERVICE);
  });
  it('renew wins over gateway', async () => {
    const { prompt } = await signIn({ service: SERVICE, gateway: 'true', renew: 'true' });
    expect(prompt).toBe('fresh');
  });
});

describe('attack 19: proxies', () => {
  const PORTAL = 'https://portal.a.edu.cn/';
  const MAIL = 'https://mail.a.edu.cn/';
  async function grantingTicket(): Promise<string> {
    const xml = await validate({ service: PORTAL, ticket: await ticketFor(PORTAL), pgtUrl: CALLBACK });
    const iou = /<cas:proxyGrantingTicket>(PGTIOU-[A-Za-z0-9]{32})</.exec(xml)?.[1];
    const called = new URL(facades.world.callbacks.at(-1) ?? '');
    expect(called.searchParams.get('pgtIou')).toBe(iou);
    expect(called.searchParams.get('keep')).toBe('1');
    return called.searchParams.get('pgtId') ?? '';
  }
  const proxy = async (pgt: string, targetService: string) => fetchText('/cas/proxy', { pgt, targetService });
  const proxyTicket = async (pgt: string, target: string) =>
    /<cas:proxyTicket>(PT-[A-Za-z0-9]{32})</.exec(await proxy(pgt, target))?.[1] ?? '';

  it('a registered proxy reaches a registered target, which sees the chain', async () => {
    const pgt = await grantingTicket();
    for (const path of ['/cas/proxyValidate', '/cas/p3/proxyValidate']) {
      const xml = await validate({ service: MAIL, ticket: await proxyTicket(pgt, MAIL) }, path);
      expect(xml).toContain('<cas:user>9900000001</cas:user>');
      expect(xml).toContain('<cas:isFromNewLogin>false</cas:isFromNewLogin>');
      expect(xml).toContain(`<cas:proxy>${CALLBACK}</cas:proxy>`);
    }
    const answer = await facades.get(`/cas/proxy${query({ pgt, targetService: MAIL, format: 'JSON' })}`);
    expect(
      ((await answer.json()) as { serviceResponse: { proxySuccess: { proxyTicket: string } } }).serviceResponse
        .proxySuccess.proxyTicket,
    ).toMatch(/^PT-/);
  });
  it.each(['/cas/serviceValidate', '/cas/p3/serviceValidate'])(
    'a proxy ticket is refused and burnt at %s',
    async (path) => {
      const ticket = await proxyTicket(await grantingTicket(), MAIL);
      expect(await verdictOf({ service: MAIL, ticket }, path)).toBe('INVALID_TICKET_SPEC');
      expect(await verdictOf({ service: MAIL, ticket }, '/cas/proxyValidate')).toBe('INVALID_TICKET');
    },
  );
  it('a proxy ticket is refused [CAS 1.0, SAML 1.1]', async () => {
    const pgt = await grantingTicket();
    expect(await validate({ service: MAIL, ticket: await proxyTicket(pgt, MAIL) }, '/cas/validate')).toBe('no\n');
    expect(await samlValidate(MAIL, soap(await proxyTicket(pgt, MAIL)))).toContain('INVALID_TICKET_SPEC');
  });
  it.each([
    ['[private address]', 'https://127.0.0.1/pgt'],
    ['[not registered]', 'https://evil.cn/pgt'],
    ['[http, though registered]', 'http://portal.a.edu.cn/pgt'],
    ['[registered with more behind]', `${CALLBACK}&x=1`],
    ['[registered as user info]', 'https://portal.a.edu.cn@evil.cn/pgt?keep=1'],
  ])('a callback that is not allowed is not called, and the validation fails %s', async (_variant, pgtUrl) => {
    const ticket = await ticketFor(PORTAL);
    expect(await verdictOf({ service: PORTAL, ticket, pgtUrl })).toBe('INVALID_PROXY_CALLBACK');
    expect(facades.world.callbacks).toEqual([]);
    expect(await verdictOf({ service: PORTAL, ticket })).toBe('INVALID_TICKET');
  });
  it('a callback that fails gives no granting ticket [self-signed, redirect, other status]', async () => {
    facades.world.callbackAnswers = false;
    const ticket = await ticketFor(PORTAL);
    expect(await verdictOf({ service: PORTAL, ticket, pgtUrl: CALLBACK })).toBe('INVALID_PROXY_CALLBACK');
    const pgt = new URL(facades.world.callbacks[0] ?? '').searchParams.get('pgtId') ?? '';
    expect(codeOf(await proxy(pgt, MAIL))).toBe('INVALID_TICKET');
  });
  it('a service that is no proxy becomes none', async () => {
    const ticket = await ticketFor();
    expect(await verdictOf({ service: SERVICE, ticket, pgtUrl: CALLBACK })).toBe('UNAUTHORIZED_SERVICE_PROXY');
    const second = await proxyTicket(await grantingTicket(), MAIL);
    facades.world.callbacks = [];
    const verdict = await verdictOf({ service: MAIL, ticket: second, pgtUrl: CALLBACK }, '/cas/proxyValidate');
    expect(verdict).toBe('UNAUTHORIZED_SERVICE_PROXY');
    expect(facades.world.callbacks).toEqual([]);
  });
  it.each([
    ['[not among its targets]', 'https://front.a.edu.cn/', 'UNAUTHORIZED_SERVICE_PROXY'],
    ['[registered by nobody]', 'https://evil.cn/', 'UNAUTHORIZED_SERVICE_PROXY'],
    ['[asks for a higher rung than the session has]', 'https://strong.a.edu.cn/', 'UNAUTHORIZED_SERVICE_PROXY'],
  ])('a target is refused %s', async (_variant, target, code) => {
    expect(codeOf(await proxy(await grantingTicket(), target))).toBe(code);
  });
  it('a target takes a session that reaches its rung', async () => {
    facades.signInNow({ acr: 'wallet-presentation' });
    expect(await proxyTicket(await grantingTicket(), 'https://strong.a.edu.cn/')).toMatch(/^PT-/);
  });
  it('a granting ticket dies with its session, its eight hours and its registration', async () => {
    const session = facades.signInNow();
    const pgt = await grantingTicket();
    facades.world.parties = parties.filter(({ id }) => id !== 'portal');
    expect(codeOf(await proxy(pgt, MAIL))).toBe('UNAUTHORIZED_SERVICE_PROXY');
    facades.world.parties = parties;
    facades.world.offsetMs = 8 * 3_600_000 + 1_000;
    expect(codeOf(await proxy(pgt, MAIL))).toBe('INVALID_TICKET');
    facades.world.offsetMs = 0;
    expect(await proxyTicket(pgt, MAIL)).toMatch(/^PT-/);
    facades.world.offsetMs = -3_600_000;
    expect(codeOf(await proxy(pgt, MAIL))).toBe('INVALID_TICKET');
    facades.world.offsetMs = 0;
    facades.world.live.delete(session.sessionUid);
    expect(codeOf(await proxy(pgt, MAIL))).toBe('INVALID_TICKET');
    facades.world.live.add(session.sessionUid);
    await facades.database.run.transaction((on) => facades.logouts.casLogoutsOf(on, session.sessionUid));
    expect(codeOf(await proxy(pgt, MAIL))).toBe('INVALID_TICKET');
  });
  it.each([
    ['[no target]', { pgt: `PGT-${'a'.repeat(32)}` }, 'INVALID_REQUEST'],
    ['[no granting ticket]', { targetService: MAIL }, 'INVALID_REQUEST'],
    ['[unknown granting ticket]', { pgt: `PGT-${'a'.repeat(32)}`, targetService: MAIL }, 'INVALID_TICKET'],
    ['[a service ticket]', { pgt: `ST-${'a'.repeat(32)}`, targetService: MAIL }, 'INVALID_TICKET'],
    ['[unknown format]', { pgt: `PGT-${'a'.repeat(32)}`, targetService: MAIL, format: 'x' }, 'INVALID_REQUEST'],
  ])('asks for a proxy ticket in vain %s', async (_variant, parameters, code) => {
    expect(codeOf(await fetchText('/cas/proxy', parameters as Record<string, string>))).toBe(code);
  });
});

describe('attack 21: open redirect after logout', () => {
  it.each(['service', 'url'])('goes on only to a registered service [%s]', async (name) => {
    await facades.get(`/cas/logout${query({ [name]: SERVICE })}`);
    for (const evil of ['https://evil.cn/', '//evil.cn', 'javascript:alert(1)', 'https://lib.a.edu.cn@evil.cn/app/'])
      await facades.get(`/cas/logout${query({ [name]: evil })}`);
    await facades.get(`/cas/logout?${name}=${encodeURIComponent(SERVICE)}&${name}=https://evil.cn/`);
    expect(facades.world.endings).toEqual([SERVICE, undefined, undefined, undefined, undefined, undefined]);
  });
});

describe('attack 22: logout by a foreign page', () => {
  it('leaves it to the layer, which asks the person: the facade ends nothing itself', async () => {
    facades.signInNow();
    const ticket = await ticketFor();
    const answer = await facades.get('/cas/logout', { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    expect(await answer.json()).toMatchObject({ confirm: true });
    expect(await verdictOf({ service: SERVICE, ticket })).toBe('success');
  });
});

describe('a session that ends', () => {
  it('owes a delivery for each validated ticket, once, and its tickets are worth nothing any more', async () => {
    const session = facades.signInNow();
    const used = await ticketFor();
    await verdictOf({ service: SERVICE, ticket: used });
    const wrong = await ticketFor();
    await verdictOf({ service: 'https://mail.a.edu.cn/', ticket: wrong });
    const front = await ticketFor('https://front.a.edu.cn/');
    await verdictOf({ service: 'https://front.a.edu.cn/', ticket: front });
    const open = await ticketFor();
    const end = () => facades.database.run.transaction((on) => facades.logouts.casLogoutsOf(on, session.sessionUid));
    const deliveries = await end();
    expect(deliveries).toMatchObject([
      { protocol: 'cas-back-channel', relyingPartyId: 'library', address: SERVICE, payload: { ticket: used } },
    ]);
    expect(await end()).toEqual([]);
    expect(await verdictOf({ service: SERVICE, ticket: open })).toBe('INVALID_TICKET');
    const links = await facades.logouts.frontChannelLogoutUrls(session.sessionUid);
    expect(links.map(({ relyingPartyId }) => relyingPartyId)).toEqual(['front']);
  });
  it('whose ending is rolled back owes nothing and loses nothing', async () => {
    const session = facades.signInNow();
    const ticket = await ticketFor();
    const failing = facades.database.run.transaction(async (on) => {
      await facades.logouts.casLogoutsOf(on, session.sessionUid);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await verdictOf({ service: SERVICE, ticket })).toBe('success');
  });
});

describe('what is kept', () => {
  it('is a digest of every ticket that is still worth something', async () => {
    const ticket = await ticketFor();
    const read = async () =>
      JSON.stringify((await facades.database.run.raw('SELECT t::text FROM cas_ticket t WHERE used_at IS NULL')).rows);
    expect(await read()).not.toContain(ticket);
    const pgt = await facades.database.run.raw('SELECT t::text FROM cas_granting_ticket t');
    expect(JSON.stringify(pgt.rows)).not.toMatch(/PGT-/);
  });
  it('is one audit row for each step, with service and account and no number', async () => {
    const before = (await facades.audit()).length;
    await verdictOf({ service: SERVICE, ticket: await ticketFor() });
    await verdictOf({ service: 'https://mail.a.edu.cn/', ticket: await ticketFor() });
    await verdictOf({ service: SERVICE, ticket: `ST-${'a'.repeat(32)}` });
    const rows = (await facades.audit()).slice(before);
    expect(rows.map(({ action }) => action)).toEqual([
      'cas.ticket-issued',
      'cas.ticket-validated',
      'cas.ticket-issued',
      'cas.ticket-refused',
    ]);
    expect(rows[3]).toMatchObject({
      actor: 'relying-party:library',
      subject: 'account:a1',
      detail: { relying_party: 'library', code: 'INVALID_SERVICE', reason: 'service-differs' },
    });
    expect(JSON.stringify(rows)).not.toMatch(/9900000001|ST-/);
  });
  it('goes when it has had its time: unused tickets soon, validated ones with the session', async () => {
    await facades.database.run.raw('DELETE FROM cas_ticket');
    await ticketFor();
    await verdictOf({ service: SERVICE, ticket: await ticketFor() });
    const count = async () =>
      Number((await facades.database.run.raw('SELECT count(*) AS n FROM cas_ticket')).rows[0].n);
    await facades.tickets.sweep(28_800);
    expect(await count()).toBe(2);
    facades.world.offsetMs = 700_000;
    await facades.tickets.sweep(28_800);
    expect(await count()).toBe(1);
    facades.world.offsetMs = 28_801_000;
    await facades.tickets.sweep(28_800);
    expect(await count()).toBe(0);
  });
});
