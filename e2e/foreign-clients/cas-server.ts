import type { CampusBrowser, Page } from '../support/campus-browser.js';

export interface CasServer {
  prefix: string;
  /** Asks for a ticket as the person's browser; `prove` lets the person prove who he is where the server asks. */
  login(parameters: Record<string, string>, prove?: boolean): Promise<Page>;
  /** The same in a browser where nobody is signed in. */
  loginAsStranger(parameters: Record<string, string>): Promise<Page>;
  /** Ends the session as a person does. */
  logout(): Promise<void>;
}

/** Services that both servers know; nothing is there but what logout and proxies need. */
export interface ComparedServices {
  app: string;
  portal: string;
  /** Callback of the portal as a proxy. */
  callback: string;
  /** Granting tickets by their IOU, as they arrived at the callback. */
  grantingTickets: Map<string, string>;
  /** Bodies of logout calls. */
  logoutCalls: string[];
}

/** The way from `/login`, stopped before it leaves for a service. */
export function openLogin(
  browser: CampusBrowser,
  prefix: string,
  parameters: Record<string, string>,
  stopAtSignIn: boolean,
): Promise<Page> {
  const service = parameters['service'] ?? parameters['TARGET'] ?? '-';
  return browser.open(
    `${prefix}/login?${new URLSearchParams(parameters)}`,
    undefined,
    (url) => url.startsWith(service) || (stopAtSignIn && /\/sign-in\/[^/?]+$/.test(url)),
  );
}

/** What `/login` came to, in words that both servers can be held to. */
export function loginVerdict(page: Page, service: string): string {
  const last = page.way.at(-1) ?? '';
  if (last.startsWith(service)) return /[?&](ticket|SAMLart)=ST-/.test(last) ? 'ticket' : 'back without a ticket';
  if (/\/sign-in\/[^/?]+$/.test(last) || page.text.includes('name="password"')) return 'asks for the person';
  if (/<form[^>]*>[\s\S]*name="(ticket|SAMLart)"/.test(page.text)) return 'form with a ticket';
  return 'own page';
}

/** What a validation came to: the code of the protocol, and no text around it. */
export function validationVerdict(text: string): string {
  if (text.startsWith('{')) return `${validationVerdictOfJson(text)} in JSON`;
  const plain = /^(yes|no)\n/.exec(text)?.[1];
  const saml = /StatusCode Value="(?:samlp:)?(\w+)"/.exec(text)?.[1];
  const failure = /<cas:(?:authentication|proxy)Failure code="(\w+)"/.exec(text)?.[1];
  if (plain !== undefined) return plain;
  if (saml !== undefined) return saml === 'Success' ? 'success' : 'refused';
  if (failure !== undefined) return failure;
  if (text.includes('<cas:proxySuccess>')) return 'proxy ticket';
  if (!text.includes('<cas:authenticationSuccess>')) return 'no answer of the protocol';
  return text.includes('<cas:proxyGrantingTicket>') ? 'success with a granting ticket' : 'success';
}

function validationVerdictOfJson(text: string): string {
  const { serviceResponse } = JSON.parse(text) as { serviceResponse: Record<string, { code?: string }> };
  return serviceResponse['authenticationSuccess'] === undefined
    ? (serviceResponse['authenticationFailure']?.code ?? 'no answer of the protocol')
    : 'success';
}
