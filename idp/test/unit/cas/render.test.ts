import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { casFailure } from '../../../src/domain/cas/cas-failure.js';
import { type CasPrincipal, principalFor } from '../../../src/domain/cas/cas-principal.js';
import { renderSamlFailure, renderSamlSuccess } from '../../../src/domain/cas/render-saml-response.js';
import {
  renderFailure,
  renderPlain,
  renderProxyFailure,
  renderProxySuccess,
  renderSuccess,
} from '../../../src/domain/cas/render-service-response.js';
import { zRelyingParty } from '../../../src/domain/relying-parties/relying-party.js';

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', parseTagValue: false });
function read(text: string) {
  expect(XMLValidator.validate(text)).toBe(true);
  return parser.parse(text);
}
const anna: CasPrincipal = {
  user: '9900000001',
  attributes: [
    { name: 'authenticationDate', value: '2026-09-01T08:00:00Z' },
    { name: 'name', value: '测试·学生' },
    { name: 'roles', value: ['guard', 'counsellor'] },
  ],
  proxies: [],
};
const envelope = {
  responseId: '_r',
  assertionId: '_a',
  nowSeconds: 1_788_000_000,
  issuer: 'https://id.a.edu.cn',
  recipient: 'https://lib.a.edu.cn/app/?a=1&b=2',
  inResponseTo: '_q',
};

describe('a success', () => {
  it('repeats the element of a list and keeps Chinese [XML]', () => {
    const { body, type } = renderSuccess('XML', anna);
    expect(type).toBe('text/xml; charset=utf-8');
    expect(body).not.toMatch(/^<\?xml/);
    const success = read(body)['cas:serviceResponse']['cas:authenticationSuccess'];
    expect(success['cas:user']).toBe('9900000001');
    expect(success['cas:attributes']).toEqual({
      'cas:authenticationDate': '2026-09-01T08:00:00Z',
      'cas:name': '测试·学生',
      'cas:roles': ['guard', 'counsellor'],
    });
    expect(success['cas:proxies']).toBeUndefined();
    expect(success['cas:proxyGrantingTicket']).toBeUndefined();
  });

  it('names the granting ticket IOU and the proxies, the latest first [XML]', () => {
    const { body } = renderSuccess('XML', { ...anna, proxies: ['https://b/', 'https://a/?x=1&y=2'] }, 'PGTIOU-1');
    const success = read(body)['cas:serviceResponse']['cas:authenticationSuccess'];
    expect(success['cas:proxyGrantingTicket']).toBe('PGTIOU-1');
    expect(success['cas:proxies']['cas:proxy']).toEqual(['https://b/', 'https://a/?x=1&y=2']);
  });

  it('keeps lists as lists [JSON]', () => {
    const { body, type } = renderSuccess('JSON', { ...anna, proxies: ['https://a/'] }, 'PGTIOU-1');
    expect(type).toMatch(/^application\/json/);
    expect(JSON.parse(body).serviceResponse.authenticationSuccess).toEqual({
      user: '9900000001',
      attributes: { authenticationDate: '2026-09-01T08:00:00Z', name: '测试·学生', roles: ['guard', 'counsellor'] },
      proxyGrantingTicket: 'PGTIOU-1',
      proxies: ['https://a/'],
    });
  });

  it('is two lines [plain]', () => {
    expect(renderPlain('9900000001').body).toBe('yes\n9900000001\n');
    expect(renderPlain('a\nyes\nadmin').body).toBe('yes\nayesadmin\n');
    expect(renderPlain(undefined).body).toBe('no\n');
  });

  it('names person, audience and values [SAML 1.1]', () => {
    const response = read(renderSamlSuccess(envelope, anna).body)['SOAP-ENV:Envelope']['SOAP-ENV:Body'].Response;
    expect(response['@InResponseTo']).toBe('_q');
    expect(response['@Recipient']).toBe(envelope.recipient);
    expect(response.Status.StatusCode['@Value']).toBe('samlp:Success');
    const { Conditions, AttributeStatement, AuthenticationStatement } = response.Assertion;
    expect(Conditions.AudienceRestrictionCondition.Audience).toBe(envelope.recipient);
    expect(AttributeStatement.Subject.NameIdentifier).toBe('9900000001');
    expect(AuthenticationStatement.Subject.NameIdentifier).toBe('9900000001');
    expect(AuthenticationStatement['@AuthenticationInstant']).toBe('2026-09-01T08:00:00Z');
    const roles = AttributeStatement.Attribute.find(
      (each: Record<string, string>) => each['@AttributeName'] === 'roles',
    );
    expect(roles.AttributeValue).toEqual(['guard', 'counsellor']);
  });
});

describe('a failure', () => {
  it('carries the code [XML, JSON, SAML 1.1]', () => {
    const failure = casFailure('service-differs');
    const xml = read(renderFailure('XML', failure).body)['cas:serviceResponse']['cas:authenticationFailure'];
    expect(xml['@code']).toBe('INVALID_SERVICE');
    expect(JSON.parse(renderFailure('JSON', failure).body).serviceResponse.authenticationFailure).toEqual(failure);
    const { Status } = read(renderSamlFailure(envelope, failure).body)['SOAP-ENV:Envelope']['SOAP-ENV:Body'].Response;
    expect(Status.StatusCode['@Value']).toBe('samlp:Requester');
    expect(Status.StatusMessage).toMatch(/^INVALID_SERVICE: /);
    const internal = renderSamlFailure({ ...envelope, inResponseTo: undefined }, casFailure('internal')).body;
    expect(internal).toContain('samlp:Responder');
    expect(internal).not.toContain('InResponseTo');
  });

  it('of a proxy carries the code [XML, JSON]', () => {
    const failure = casFailure('target-not-allowed');
    const xml = read(renderProxyFailure('XML', failure).body)['cas:serviceResponse']['cas:proxyFailure'];
    expect(xml['@code']).toBe('UNAUTHORIZED_SERVICE_PROXY');
    expect(JSON.parse(renderProxyFailure('JSON', failure).body).serviceResponse.proxyFailure).toEqual(failure);
    expect(renderProxySuccess('XML', 'PT-1').body).toContain('<cas:proxyTicket>PT-1</cas:proxyTicket>');
    expect(JSON.parse(renderProxySuccess('JSON', 'PT-1').body).serviceResponse.proxySuccess.proxyTicket).toBe('PT-1');
  });
});

describe('attack 16: markup', () => {
  it('in a user name or value leaves one verdict in a well-formed document [any text]', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '</cas:user><cas:user>admin',
        ']]><cas:user>',
        '&admin;',
        '"\'><!--',
        '\u0000\ud800',
        '<!DOCTYPE x>',
      ),
    );
    fc.assert(
      fc.property(nasty, nasty, (user, value) => {
        const principal = { user, attributes: [{ name: 'name', value: ['x', value] }], proxies: [value] };
        for (const body of [
          renderSuccess('XML', principal, value).body,
          renderSamlSuccess({ ...envelope, recipient: value }, principal).body,
        ]) {
          expect(XMLValidator.validate(body)).toBe(true);
          expect(body.match(/<(cas:user|NameIdentifier)>/g)?.length).toBe(body.includes('NameIdentifier') ? 2 : 1);
          expect(body).not.toMatch(/admin<\/cas:user>\s*<cas:user>|<!/);
        }
      }),
    );
  });
});

describe('what a service reads of a person', () => {
  const party = (cas: object, claims: string[] = ['name', 'roles']) =>
    zRelyingParty.parse({
      ...{
        id: 'library',
        name_zh: '图书馆',
        name_en: 'Library',
        protocol: 'cas',
        purpose_zh: '借书',
        purpose_en: 'Loans',
      },
      claims,
      cas: { services: [{ url: 'https://lib.a.edu.cn/' }], ...cas },
    });
  const person = {
    number: '9900000001',
    subject: 'pairwise-1',
    claims: { name: '测试·学生', roles: ['guard'], college: '示例学院' },
  };
  const facts = { acr: 'device-passkey', authTimeSeconds: 1_788_000_000, fresh: true, proxies: [] } as const;
  const namesOf = (cas: object, claims?: string[]) =>
    Object.fromEntries(
      principalFor(party(cas, claims), person, facts).attributes.map(({ name, value }) => [name, value]),
    );

  it('is what it was granted, under its own names, with time, rung and freshness of the sign-in', () => {
    expect(namesOf({ attributes: { cn: 'name', memberOf: 'roles' } })).toEqual({
      authenticationDate: '2026-08-29T10:40:00Z',
      longTermAuthenticationRequestTokenUsed: 'false',
      isFromNewLogin: 'true',
      authnContextClass: 'urn:lanyard:acr:device-passkey',
      cn: '测试·学生',
      memberOf: ['guard'],
    });
    expect(namesOf({})).toMatchObject({ name: '测试·学生', roles: ['guard'] });
  });

  it('is never a claim that was not granted [mapped all the same]', () => {
    expect(namesOf({ attributes: { dept: 'college', cn: 'name' } })).not.toHaveProperty('dept');
  });

  it.each(['proxy', 'user', 'isFromNewLogin', 'attributes'])(
    'is never a name that clients take for part of the protocol [%s]',
    (name) => {
      expect(() => party({ attributes: { [name]: 'name' } })).toThrow(/a word of the protocol/);
      // One that is in the table from before the rule.
      const former = { ...party({}), cas: { ...party({}).cas, attributes: { [name]: 'name' } } } as ReturnType<
        typeof party
      >;
      const names = principalFor(former, person, facts).attributes.filter((one) => one.name === name);
      expect(names.map((one) => one.value)).toEqual(name === 'isFromNewLogin' ? ['true'] : []);
    },
  );

  it('is the number, or the pairwise subject where so registered', () => {
    expect(principalFor(party({}), person, facts).user).toBe('9900000001');
    expect(principalFor(party({ user: 'pairwise' }), person, facts).user).toBe('pairwise-1');
  });
});
