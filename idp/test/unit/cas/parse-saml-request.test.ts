import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SAML_BYTES, parseSamlRequest } from '../../../src/domain/cas/parse-saml-request.js';

const TICKET = `ST-${'a'.repeat(32)}`;
const soap = (body: string) =>
  `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/><SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`;
const request = (inside: string, attributes = 'RequestID="_192.168.16.51.1"') =>
  soap(
    `<samlp:Request xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol"  MajorVersion="1" MinorVersion="1" ${attributes}>${inside}</samlp:Request>`,
  );
const artifact = `<samlp:AssertionArtifact>${TICKET}</samlp:AssertionArtifact>`;
const parse = (text: string) => parseSamlRequest(new TextEncoder().encode(text));

describe('a SAML 1.1 request', () => {
  it.each([
    ['[as phpCAS sends it]', request(artifact), '_192.168.16.51.1'],
    [
      '[with a declaration, as mod_auth_cas sends it]',
      `<?xml version="1.0" encoding="utf-8"?>${request(artifact)}`,
      '_192.168.16.51.1',
    ],
    ['[an id that is no name]', request(artifact, 'RequestID="0a1b"'), undefined],
    ['[other prefixes]', request(artifact).replaceAll('SOAP-ENV', 's').replaceAll('samlp', 'p'), '_192.168.16.51.1'],
  ])('gives the ticket %s', (_variant, text, requestId) => {
    expect(parse(text)).toEqual({ artifact: TICKET, requestId });
  });

  it.each([
    ['[no XML]', 'ticket=ST-1'],
    ['[empty]', ''],
    ['[not closed]', request(artifact).slice(0, -5)],
    ['[no artifact]', request('')],
    ['[two artifacts]', request(artifact + artifact)],
    ['[an element in the artifact]', request(`<samlp:AssertionArtifact><a/>${TICKET}</samlp:AssertionArtifact>`)],
    ['[an attribute on the artifact]', request(artifact.replace('>', ' x="1">'))],
    ['[two requests]', soap(`${request(artifact)}${request(artifact)}`)],
    [
      '[a document type]',
      `<!DOCTYPE x [<!ENTITY a "${TICKET}">]>${request('<samlp:AssertionArtifact>&a;</samlp:AssertionArtifact>')}`,
    ],
    ['[a comment in the ticket]', request(artifact.replace('ST-', 'ST-<!-- -->'))],
    ['[CDATA]', request(`<samlp:AssertionArtifact><![CDATA[${TICKET}]]></samlp:AssertionArtifact>`)],
    ['[too many tags]', request('<a/>'.repeat(100) + artifact)],
    ['[too long]', request(artifact + ' '.repeat(MAX_SAML_BYTES))],
  ])('is refused %s', (_variant, text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('is refused [no UTF-8]', () => {
    expect(parseSamlRequest(Uint8Array.of(0xff, 0xfe, 0x3c))).toBeUndefined();
  });

  it('never throws [any text]', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      'Envelope',
      'Body',
      'Request',
      '__proto__',
      'AssertionArtifact',
      ' a="1"',
      '&',
      TICKET,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((list) => list.join('')),
        ),
        (text) => {
          parse(text);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
