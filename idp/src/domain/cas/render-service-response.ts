import type { CasFailure } from './cas-failure.js';
import type { CasPrincipal } from './cas-principal.js';
import { element, xmlText } from './xml-text.js';

export type CasFormat = 'XML' | 'JSON';

export interface CasBody {
  type: string;
  body: string;
}

const XML_TYPE = 'text/xml; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Success of a validation (CAS protocol §2.5.2, appendix A). Attributes go out at the 2.0 addresses too: a client that
 * does not know them skips them, and most campus systems read them there.
 */
export function renderSuccess(format: CasFormat, principal: CasPrincipal, grantingTicketIou?: string): CasBody {
  if (format === 'JSON')
    return json({
      authenticationSuccess: {
        user: principal.user,
        attributes: Object.fromEntries(principal.attributes.map(({ name, value }) => [name, value])),
        ...(grantingTicketIou === undefined ? {} : { proxyGrantingTicket: grantingTicketIou }),
        ...(principal.proxies.length === 0 ? {} : { proxies: principal.proxies }),
      },
    });
  const attributes = principal.attributes.flatMap(({ name, value }) =>
    (typeof value === 'string' ? [value] : value).map((one) => element(`cas:${name}`, one)),
  );
  const proxies = principal.proxies.map((proxy) => element('cas:proxy', proxy));
  return xml([
    '<cas:authenticationSuccess>',
    element('cas:user', principal.user),
    '<cas:attributes>',
    ...attributes,
    '</cas:attributes>',
    ...(grantingTicketIou === undefined ? [] : [element('cas:proxyGrantingTicket', grantingTicketIou)]),
    ...(proxies.length === 0 ? [] : ['<cas:proxies>', ...proxies, '</cas:proxies>']),
    '</cas:authenticationSuccess>',
  ]);
}

export function renderFailure(format: CasFormat, failure: CasFailure): CasBody {
  return format === 'JSON'
    ? json({ authenticationFailure: failure })
    : xml([failureElement('cas:authenticationFailure', failure)]);
}

/** Success of `/proxy` (CAS protocol §2.7.2). */
export function renderProxySuccess(format: CasFormat, proxyTicket: string): CasBody {
  return format === 'JSON'
    ? json({ proxySuccess: { proxyTicket } })
    : xml(['<cas:proxySuccess>', element('cas:proxyTicket', proxyTicket), '</cas:proxySuccess>']);
}

export function renderProxyFailure(format: CasFormat, failure: CasFailure): CasBody {
  return format === 'JSON' ? json({ proxyFailure: failure }) : xml([failureElement('cas:proxyFailure', failure)]);
}

/** `yes` and the name, or `no` (CAS protocol §2.4.2). The name stays on its line. */
export function renderPlain(user: string | undefined): CasBody {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is dropped
  const body = user === undefined ? 'no\n' : `yes\n${user.replace(/[\u0000-\u001f\u007f]/g, '')}\n`;
  return { type: 'text/plain; charset=utf-8', body };
}

function failureElement(name: string, failure: CasFailure): string {
  return `<${name} code="${xmlText(failure.code)}">${xmlText(failure.description)}</${name}>`;
}

/** No XML declaration: a client that reads by lines takes the first one for the root. */
function xml(lines: readonly string[]): CasBody {
  const body = ['<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">', ...lines, '</cas:serviceResponse>'];
  return { type: XML_TYPE, body: `${body.join('\n')}\n` };
}

function json(serviceResponse: object): CasBody {
  return { type: JSON_TYPE, body: JSON.stringify({ serviceResponse }) };
}
