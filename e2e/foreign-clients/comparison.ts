import { type CasServer, type ComparedServices, loginVerdict, validationVerdict } from './cas-server.js';

/** One request, or a few, and what comes of it; where the reference server differs, by which paragraph ours is right. */
export interface Comparison {
  /** Names the row in docs/decisions/0011. */
  id: string;
  says: string;
  run(server: CasServer, services: ComparedServices): Promise<string>;
  verdict: string;
  reference?: string;
}

async function ask(server: CasServer, path: string, parameters: Record<string, string> | string): Promise<string> {
  const answer = await fetch(`${server.prefix}${path}?${new URLSearchParams(parameters)}`);
  return answer.text();
}
const validate = async (server: CasServer, path: string, parameters: Record<string, string> | string) =>
  validationVerdict(await ask(server, path, parameters));

/** A ticket from the session that lives, or from a proof of this moment. */
export async function ticketFor(server: CasServer, service: string, more: Record<string, string> = {}) {
  const page = await server.login({ service, ...more }, more['renew'] !== undefined);
  const ticket = new URL(page.way.at(-1) ?? '').searchParams.get('ticket');
  if (ticket === null) throw new Error(`no ticket: ${page.way.join(' → ')} ${page.text.slice(0, 300)}`);
  return ticket;
}

async function samlValidate(server: CasServer, service: string, ticket: string): Promise<string> {
  const answer = await fetch(`${server.prefix}/samlValidate?${new URLSearchParams({ TARGET: service })}`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/xml' },
    body: `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/><SOAP-ENV:Body><samlp:Request xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol" MajorVersion="1" MinorVersion="1" RequestID="_1" IssueInstant="2026-11-23T00:00:00Z"><samlp:AssertionArtifact>${ticket}</samlp:AssertionArtifact></samlp:Request></SOAP-ENV:Body></SOAP-ENV:Envelope>`,
  });
  return validationVerdict(await answer.text());
}

/** Lets the portal become a proxy; answers its granting ticket. */
async function grantingTicket(server: CasServer, services: ComparedServices): Promise<string> {
  const ticket = await ticketFor(server, services.portal);
  const text = await ask(server, '/serviceValidate', { service: services.portal, ticket, pgtUrl: services.callback });
  return services.grantingTickets.get(/<cas:proxyGrantingTicket>([^<]+)</.exec(text)?.[1] ?? '') ?? text;
}
async function proxyTicket(server: CasServer, services: ComparedServices): Promise<string> {
  const text = await ask(server, '/proxy', {
    pgt: await grantingTicket(server, services),
    targetService: services.app,
  });
  return /<cas:proxyTicket>([^<]+)</.exec(text)?.[1] ?? text;
}

const LOGIN: Comparison[] = [
  {
    id: 'login-alone',
    says: '/login with nobody signed in',
    run: async (server, { app }) => loginVerdict(await server.loginAsStranger({ service: app }), app),
    verdict: 'asks for the person',
  },
  {
    id: 'login-gateway-alone',
    says: '/login?gateway with nobody signed in',
    run: async (server, { app }) => loginVerdict(await server.loginAsStranger({ service: app, gateway: 'true' }), app),
    verdict: 'back without a ticket',
  },
  {
    id: 'login-gateway',
    says: '/login?gateway with a session',
    run: async (server, { app }) => loginVerdict(await server.login({ service: app, gateway: 'true' }), app),
    verdict: 'ticket',
  },
  {
    id: 'login-session',
    says: '/login with a session',
    run: async (server, { app }) => loginVerdict(await server.login({ service: app }), app),
    verdict: 'ticket',
  },
  {
    id: 'login-renew',
    says: '/login?renew with a session',
    run: async (server, { app }) => loginVerdict(await server.login({ service: app, renew: 'true' }), app),
    verdict: 'asks for the person',
  },
  {
    id: 'login-renew-gateway',
    says: '/login?renew&gateway with a session',
    run: async (server, { app }) =>
      loginVerdict(await server.login({ service: app, renew: 'true', gateway: 'true' }), app),
    verdict: 'asks for the person',
    reference: 'back without a ticket',
  },
  {
    id: 'login-unknown-service',
    says: '/login for a service that is not registered',
    run: async (server) =>
      loginVerdict(await server.login({ service: 'https://evil.example/' }), 'https://evil.example/'),
    verdict: 'own page',
  },
  {
    id: 'login-unknown-gateway',
    says: '/login?gateway for a service that is not registered',
    run: async (server) =>
      loginVerdict(await server.login({ service: 'https://evil.example/', gateway: 'true' }), 'https://evil.example/'),
    verdict: 'own page',
    reference: 'back without a ticket',
  },
  {
    id: 'login-no-service',
    says: '/login without a service, with a session',
    run: async (server) => loginVerdict(await server.login({}), '-'),
    verdict: 'own page',
  },
  {
    id: 'login-post',
    says: '/login?method=POST with a session',
    run: async (server, { app }) => loginVerdict(await server.login({ service: app, method: 'POST' }), app),
    verdict: 'form with a ticket',
    reference: 'ticket',
  },
];

const VALIDATION: Comparison[] = [
  ...['/serviceValidate', '/proxyValidate', '/p3/serviceValidate', '/p3/proxyValidate'].flatMap(
    (path): Comparison[] => [
      {
        id: `${path} good`,
        says: `${path} of a good ticket`,
        run: async (server, { app }) => validate(server, path, { service: app, ticket: await ticketFor(server, app) }),
        verdict: 'success',
      },
      {
        id: `${path} used`,
        says: `${path} of a used ticket`,
        run: async (server, { app }) => {
          const ticket = await ticketFor(server, app);
          await validate(server, path, { service: app, ticket });
          return validate(server, path, { service: app, ticket });
        },
        verdict: 'INVALID_TICKET',
      },
      {
        id: `${path} service`,
        says: `${path} with another service, and then with the right one`,
        run: async (server, { app, portal }) => {
          const ticket = await ticketFor(server, app);
          const wrong = await validate(server, path, { service: portal, ticket });
          return `${wrong}, ${await validate(server, path, { service: app, ticket })}`;
        },
        verdict: 'INVALID_SERVICE, INVALID_TICKET',
      },
      {
        id: `${path} unknown`,
        says: `${path} of a ticket that was never issued, and of no ticket at all by its form`,
        run: async (server, { app }) => {
          const forged = await validate(server, path, { service: app, ticket: `ST-${'A'.repeat(32)}` });
          return `${forged}, ${await validate(server, path, { service: app, ticket: 'abc' })}`;
        },
        verdict: 'INVALID_TICKET, INVALID_TICKET',
      },
      {
        id: `${path} missing`,
        says: `${path} without ticket, and without service`,
        run: async (server, { app }) => {
          const noTicket = await validate(server, path, { service: app });
          return `${noTicket}, ${await validate(server, path, { ticket: 'ST-1' })}`;
        },
        verdict: 'INVALID_REQUEST, INVALID_REQUEST',
      },
    ],
  ),
  {
    id: '/validate good',
    says: '/validate of a good ticket, and again',
    run: async (server, { app }) => {
      const ticket = await ticketFor(server, app);
      const first = await validate(server, '/validate', { service: app, ticket });
      return `${first}, ${await validate(server, '/validate', { service: app, ticket })}`;
    },
    verdict: 'yes, no',
  },
  {
    id: '/validate service',
    says: '/validate with another service, and then with the right one',
    run: async (server, { app, portal }) => {
      const ticket = await ticketFor(server, app);
      const wrong = await validate(server, '/validate', { service: portal, ticket });
      return `${wrong}, ${await validate(server, '/validate', { service: app, ticket })}`;
    },
    verdict: 'no, no',
    reference: 'no, yes',
  },
  {
    id: '/validate missing',
    says: '/validate without ticket, and without service',
    run: async (server, { app }) => {
      const noTicket = await validate(server, '/validate', { service: app });
      return `${noTicket}, ${await validate(server, '/validate', { ticket: 'ST-1' })}`;
    },
    verdict: 'no, no',
  },
  {
    id: 'renew session',
    says: '/serviceValidate?renew of a ticket from the session, and then without renew',
    run: async (server, { app }) => {
      const ticket = await ticketFor(server, app);
      const refused = await validate(server, '/serviceValidate', { service: app, ticket, renew: 'true' });
      return `${refused}, ${await validate(server, '/serviceValidate', { service: app, ticket })}`;
    },
    verdict: 'INVALID_TICKET, INVALID_TICKET',
    reference: 'INVALID_TICKET, success',
  },
  {
    id: 'renew fresh',
    says: '/serviceValidate?renew of a ticket from a fresh proof',
    run: async (server, { app }) => {
      const ticket = await ticketFor(server, app, { renew: 'true' });
      return validate(server, '/serviceValidate', { service: app, ticket, renew: 'true' });
    },
    verdict: 'success',
  },
  {
    id: 'attributes',
    says: 'a list as repeated elements, a Chinese name with its dot',
    run: async (server, { app }) => {
      const text = await ask(server, '/p3/serviceValidate', { service: app, ticket: await ticketFor(server, app) });
      const names = text.match(/<cas:cn>[^<]+<\/cas:cn>/g)?.join('');
      return `${names} ${text.match(/<cas:memberOf>\p{Script=Han}+<\/cas:memberOf>/gu)?.length}, ${text.match(/<cas:memberOf>/g)?.length}`;
    },
    verdict: '<cas:cn>阿依古丽·买买提</cas:cn> 1, 2',
  },
  {
    id: 'format JSON',
    says: '/p3/serviceValidate?format=JSON',
    run: async (server, { app }) =>
      validate(server, '/p3/serviceValidate', { service: app, ticket: await ticketFor(server, app), format: 'JSON' }),
    verdict: 'success in JSON',
    reference: 'success',
  },
  {
    id: 'repeated',
    says: 'a ticket given twice, the good one last',
    run: async (server, { app }) => {
      const ticket = await ticketFor(server, app);
      return validate(server, '/serviceValidate', `service=${encodeURIComponent(app)}&ticket=ST-1&ticket=${ticket}`);
    },
    verdict: 'INVALID_REQUEST',
    reference: 'success',
  },
  {
    id: 'saml good',
    says: '/samlValidate of a good ticket, and again',
    run: async (server, { app }) => {
      const ticket = await ticketFor(server, app);
      return `${await samlValidate(server, app, ticket)}, ${await samlValidate(server, app, ticket)}`;
    },
    verdict: 'success, refused',
  },
  {
    id: 'saml service',
    says: '/samlValidate with another service, and then with the right one',
    run: async (server, { app, portal }) => {
      const ticket = await ticketFor(server, app);
      return `${await samlValidate(server, portal, ticket)}, ${await samlValidate(server, app, ticket)}`;
    },
    verdict: 'refused, refused',
  },
];

const PROXY: Comparison[] = [
  {
    id: 'proxy granting',
    says: 'pgtUrl of a registered proxy',
    run: async (server, { portal, callback }) =>
      validate(server, '/serviceValidate', {
        service: portal,
        ticket: await ticketFor(server, portal),
        pgtUrl: callback,
      }),
    verdict: 'success with a granting ticket',
  },
  {
    id: 'proxy callback unknown',
    says: 'pgtUrl that is not registered',
    run: async (server, { portal, callback }) =>
      validate(server, '/serviceValidate', {
        service: portal,
        ticket: await ticketFor(server, portal),
        pgtUrl: `${callback}/other`,
      }),
    verdict: 'INVALID_PROXY_CALLBACK',
  },
  {
    id: 'proxy callback clear',
    says: 'pgtUrl without https',
    run: async (server, { portal }) =>
      validate(server, '/serviceValidate', {
        service: portal,
        ticket: await ticketFor(server, portal),
        pgtUrl: 'http://portal.example/pgt',
      }),
    verdict: 'INVALID_PROXY_CALLBACK',
    reference: 'success',
  },
  {
    id: 'proxy not allowed',
    says: 'pgtUrl of a service that is no proxy',
    run: async (server, { app, callback }) =>
      validate(server, '/serviceValidate', { service: app, ticket: await ticketFor(server, app), pgtUrl: callback }),
    verdict: 'UNAUTHORIZED_SERVICE_PROXY',
    reference: 'success with a granting ticket',
  },
  {
    id: 'proxy ticket',
    says: '/proxy and /proxyValidate: the target sees the chain',
    run: async (server, services) => {
      const ticket = await proxyTicket(server, services);
      const text = await ask(server, '/proxyValidate', { service: services.app, ticket });
      return `${validationVerdict(text)} ${text.includes(`<cas:proxy>${services.callback}</cas:proxy>`)}`;
    },
    verdict: 'success true',
  },
  {
    id: 'proxy ticket used',
    says: '/proxyValidate of a used proxy ticket',
    run: async (server, services) => {
      const ticket = await proxyTicket(server, services);
      await validate(server, '/proxyValidate', { service: services.app, ticket });
      return validate(server, '/proxyValidate', { service: services.app, ticket });
    },
    verdict: 'INVALID_TICKET',
  },
  {
    id: 'proxy ticket here',
    says: '/serviceValidate of a proxy ticket',
    run: async (server, services) =>
      validate(server, '/serviceValidate', { service: services.app, ticket: await proxyTicket(server, services) }),
    verdict: 'INVALID_TICKET_SPEC',
    reference: 'INVALID_TICKET',
  },
  {
    id: 'proxy target',
    says: '/proxy for a service that is not registered',
    run: async (server, services) =>
      validate(server, '/proxy', {
        pgt: await grantingTicket(server, services),
        targetService: 'https://evil.example/',
      }),
    verdict: 'UNAUTHORIZED_SERVICE_PROXY',
    reference: 'UNAUTHORIZED_SERVICE',
  },
  {
    id: 'proxy granting unknown',
    says: '/proxy with a granting ticket that was never issued',
    run: async (server, { app }) => validate(server, '/proxy', { pgt: `PGT-${'A'.repeat(32)}`, targetService: app }),
    verdict: 'INVALID_TICKET',
  },
  {
    id: 'proxy missing',
    says: '/proxy without a target',
    run: async (server) => validate(server, '/proxy', { pgt: 'PGT-1' }),
    verdict: 'INVALID_REQUEST',
  },
];

export const COMPARISONS: readonly Comparison[] = [...LOGIN, ...VALIDATION, ...PROXY];
