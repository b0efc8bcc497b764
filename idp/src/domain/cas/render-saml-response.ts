import type { CasFailure } from './cas-failure.js';
import { type CasPrincipal, instantText } from './cas-principal.js';
import type { CasBody } from './render-service-response.js';
import { element, xmlText } from './xml-text.js';

/** What a SAML 1.1 answer says of itself. */
export interface SamlEnvelope {
  /** Begin with a letter or underscore (xs:ID). */
  responseId: string;
  assertionId: string;
  nowSeconds: number;
  issuer: string;
  /** The service as the client gave it in TARGET. */
  recipient: string;
  /** RequestID of the request, where it is an xs:NCName. */
  inResponseTo: string | undefined;
}

const LIFE_SECONDS = 60;
const NAMESPACE = 'http://www.ja-sig.org/products/cas/';
const METHOD = 'urn:oasis:names:tc:SAML:1.0:am:unspecified';

/**
 * A SAML 1.1 answer in SOAP 1.1 (CAS protocol §4.2.5; SAML 1.1 core §3.4). It carries no signature: the client asked by
 * TLS and believes the connection, as with the other validation addresses.
 */
export function renderSamlSuccess(envelope: SamlEnvelope, principal: CasPrincipal): CasBody {
  const now = instantText(envelope.nowSeconds);
  const authenticated = principal.attributes.find(({ name }) => name === 'authenticationDate')?.value ?? now;
  const subject = [
    '<Subject>',
    element('NameIdentifier', principal.user),
    '<SubjectConfirmation>',
    element('ConfirmationMethod', 'urn:oasis:names:tc:SAML:1.0:cm:artifact'),
    '</SubjectConfirmation>',
    '</Subject>',
  ].join('');
  const attributes = principal.attributes.map(({ name, value }) => {
    const values = (typeof value === 'string' ? [value] : value).map((one) => element('AttributeValue', one)).join('');
    return `<Attribute AttributeName="${xmlText(name)}" AttributeNamespace="${NAMESPACE}">${values}</Attribute>`;
  });
  return soap(envelope, [
    '<Status><StatusCode Value="samlp:Success"/></Status>',
    `<Assertion xmlns="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="${xmlText(envelope.assertionId)}" IssueInstant="${now}" Issuer="${xmlText(envelope.issuer)}" MajorVersion="1" MinorVersion="1">`,
    `<Conditions NotBefore="${now}" NotOnOrAfter="${instantText(envelope.nowSeconds + LIFE_SECONDS)}">`,
    `<AudienceRestrictionCondition>${element('Audience', envelope.recipient)}</AudienceRestrictionCondition>`,
    '</Conditions>',
    `<AttributeStatement>${subject}${attributes.join('')}</AttributeStatement>`,
    `<AuthenticationStatement AuthenticationInstant="${xmlText(String(authenticated))}" AuthenticationMethod="${METHOD}">${subject}</AuthenticationStatement>`,
    '</Assertion>',
  ]);
}

/** SAML 1.1 core §3.4.3.1: `Responder` for our own faults, `Requester` for the client's; the CAS code is in the message. */
export function renderSamlFailure(envelope: SamlEnvelope, failure: CasFailure): CasBody {
  const fault = failure.code === 'INTERNAL_ERROR' ? 'Responder' : 'Requester';
  return soap(envelope, [
    `<Status><StatusCode Value="samlp:${fault}"/>`,
    `${element('StatusMessage', `${failure.code}: ${failure.description}`)}</Status>`,
  ]);
}

function soap(envelope: SamlEnvelope, lines: readonly string[]): CasBody {
  const inResponseTo = envelope.inResponseTo === undefined ? '' : ` InResponseTo="${xmlText(envelope.inResponseTo)}"`;
  return {
    type: 'text/xml; charset=utf-8',
    body: [
      '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/><SOAP-ENV:Body>',
      `<Response xmlns="urn:oasis:names:tc:SAML:1.0:protocol" xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol"${inResponseTo} IssueInstant="${instantText(envelope.nowSeconds)}" MajorVersion="1" MinorVersion="1" Recipient="${xmlText(envelope.recipient)}" ResponseID="${xmlText(envelope.responseId)}">`,
      ...lines,
      '</Response></SOAP-ENV:Body></SOAP-ENV:Envelope>',
    ].join(''),
  };
}
