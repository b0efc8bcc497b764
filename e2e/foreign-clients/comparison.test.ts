import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCampusBrowser } from '../support/campus-browser.js';
import { eventually, type Installation, startInstallation } from '../support/installation.js';
import { openStudent } from '../support/student.js';
import { type Certificate, makeCertificate } from '../support/tls-front.js';
import { type CasServer, openLogin, validationVerdict } from './cas-server.js';
import { openComparedServices } from './compared-services.js';
import { COMPARISONS, ticketFor } from './comparison.js';
import { PURPOSE } from './foreign-client.js';
import { type ReferenceServer, startReferenceServer } from './reference-server.js';

const TICKET_LIFE_SECONDS = 30;
const decision = readFileSync(
  new URL('../../docs/decisions/0011-differences-to-a-reference-cas-server.md', import.meta.url),
  'utf8',
);
let certificate: Certificate;
let services: Awaited<ReturnType<typeof openComparedServices>>;
let installation: Installation;
let running: ReferenceServer;
let ours: CasServer;
let reference: CasServer;
/** Issued at the beginning, to have expired at the end. */
let old: { atMs: number; ours: string; reference: string };

beforeAll(async () => {
  certificate = makeCertificate();
  services = await openComparedServices(certificate);
  installation = await startInstallation({ NODE_EXTRA_CA_CERTS: certificate.caFile });
  ours = await openOurs(installation);
  running = await startReferenceServer({
    services: [
      { name: 'app', pattern: `^${services.origin}/app/.*$`, proxy: true, proxyCallback: false },
      { name: 'portal', pattern: `^${services.portal}$`, proxy: false, proxyCallback: false },
      { name: 'callback', pattern: `^${services.callback}$`, proxy: false, proxyCallback: true },
    ],
    ticketLifeSeconds: TICKET_LIFE_SECONDS,
    caFile: certificate.caFile,
  });
  reference = openReference(running);
  for (const server of [ours, reference]) await ticketFor(server, services.app, { renew: 'true' });
  old = {
    atMs: Date.now(),
    ours: await ticketFor(ours, services.app),
    reference: await ticketFor(reference, services.app),
  };
});
afterAll(async () => {
  await running?.stop();
  await installation?.stop();
  await services?.close();
  certificate?.remove();
});

async function openOurs(at: Installation): Promise<CasServer> {
  const shared = { name_zh: '服务', name_en: 'Service', protocol: 'cas', claims: ['name', 'groups'], ...PURPOSE };
  const attributes = { cn: 'name', memberOf: 'groups' };
  await at.idp('/v1/relying-parties', {
    ...shared,
    id: 'compared-app',
    cas: { services: [{ url: `${services.origin}/app/`, match: 'prefix' }], attributes },
  });
  await at.idp('/v1/relying-parties', {
    ...shared,
    id: 'compared-portal',
    cas: {
      services: [{ url: services.portal }],
      attributes,
      proxy: { callback_urls: [services.callback], targets: ['compared-app'] },
    },
  });
  const student = await openStudent(at, '9202512000002', { idp: at.run.services.idp });
  const prefix = `${at.run.services.idp}/cas`;
  return {
    prefix,
    login: (parameters, prove = false) => openLogin(student.browser, prefix, parameters, !prove),
    loginAsStranger: (parameters) => openLogin(openCampusBrowser(), prefix, parameters, true),
    logout: async () => {
      await student.signOut();
    },
  };
}

function openReference({ prefix, user, password }: ReferenceServer): CasServer {
  const browser = openCampusBrowser();
  return {
    prefix,
    async login(parameters, prove = false) {
      const page = await openLogin(browser, prefix, parameters, true);
      if (!prove || !page.text.includes('name="password"')) return page;
      const hidden = [...page.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
      const fields = Object.fromEntries(hidden.map(([, name, value]) => [name, (value ?? '').replace(/&amp;/g, '&')]));
      const form = { ...fields, username: user, password };
      return browser.open(`${prefix}/login`, form, (url) => url.startsWith(parameters['service'] ?? '-'));
    },
    loginAsStranger: (parameters) => openLogin(openCampusBrowser(), prefix, parameters, true),
    async logout() {
      await browser.open(`${prefix}/logout`);
    },
  };
}

describe('the same CAS requests at another server', () => {
  it.each(COMPARISONS.map((one) => [`${one.says} [${one.id}]`, one] as const))('%s', async (_name, comparison) => {
    const verdict = await comparison.run(ours, services);
    const referenceVerdict = await comparison.run(reference, services);
    expect({ ours: verdict, reference: referenceVerdict }).toEqual({
      ours: comparison.verdict,
      reference: comparison.reference ?? comparison.verdict,
    });
  });

  it('a ticket of more than 30 s [expired]', async () => {
    const left = old.atMs + (TICKET_LIFE_SECONDS + 1) * 1000 - Date.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)));
    const verdicts = await Promise.all(
      [
        { server: ours, ticket: old.ours },
        { server: reference, ticket: old.reference },
      ].map(async ({ server, ticket }) => {
        const query = new URLSearchParams({ service: services.app, ticket });
        return validationVerdict(await (await fetch(`${server.prefix}/serviceValidate?${query}`)).text());
      }),
    );
    expect(verdicts).toEqual(['INVALID_TICKET', 'INVALID_TICKET']);
  });

  it('single logout names the ticket in the form field logoutRequest [logout]', async () => {
    for (const server of [ours, reference]) {
      const ticket = await ticketFor(server, services.app);
      const query = new URLSearchParams({ service: services.app, ticket });
      await fetch(`${server.prefix}/serviceValidate?${query}`);
      await server.logout();
      await eventually(
        async () => services.logoutCalls.map((body) => new URLSearchParams(body).get('logoutRequest') ?? ''),
        (calls) => calls.some((call) => call.includes(`<samlp:SessionIndex>${ticket}</samlp:SessionIndex>`)),
        5_000,
      );
    }
  });

  it('each difference stands in decision 0011 with its paragraph, and nothing else does', () => {
    const differing = COMPARISONS.filter((one) => one.reference !== undefined);
    const rows = decision.split('\n').filter((line) => line.includes('§') && line.startsWith('| '));
    expect(rows.filter((line) => !line.startsWith('| request'))).toEqual(
      differing.map(({ id, verdict, reference: theirs }) =>
        expect.stringMatching(new RegExp(`^\\| ${id} \\| ${verdict} \\| ${theirs} \\| §\\d`)),
      ),
    );
  });
});
