import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CborItem } from '../../../src/cbor/cbor-value.js';
import { encodeCbor } from '../../../src/cbor/encode-cbor.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import {
  assembleDeviceResponse,
  type MdocElementPath,
  prepareDeviceResponse,
} from '../../../src/mdoc/create-device-response.js';
import { jsonOfElements } from '../../../src/mdoc/elements.js';
import { MDOC_MAX_BYTES } from '../../../src/mdoc/limits.js';
import { openid4vpSessionTranscript } from '../../../src/mdoc/session-transcript.js';
import { verifyDeviceResponse } from '../../../src/mdoc/verify-device-response.js';
import {
  type Change,
  codeOf,
  DOC_TYPE,
  holder,
  inside,
  NAMESPACE,
  NOW,
  options,
  parsed,
  rawResponse,
  responseCode,
  sha256,
  stranger,
  transcript,
} from './support.js';

const present = (disclose: readonly MdocElementPath[], key = holder) => {
  const prepared = prepareDeviceResponse({ issuerSigned: parsed(), disclose, sessionTranscript: transcript });
  return assembleDeviceResponse(prepared, key.sign(prepared.toBeSigned));
};

describe('a DeviceResponse of our wallet', () => {
  it('verifies and holds the chosen elements alone [one], [two], [none], [one asked for twice]', () => {
    const seen = (...names: string[]) => {
      const response = present(names.map((name) => [NAMESPACE, name] as const));
      const [mdoc, ...others] = verifyDeviceResponse(response, options);
      expect(others).toEqual([]);
      expect(mdoc.deviceElements).toEqual(new Map());
      return jsonOfElements(mdoc.elements);
    };
    expect(seen('level')).toEqual({ [NAMESPACE]: { level: 'bachelor' } });
    expect(seen('sex', 'name')).toEqual({ [NAMESPACE]: { sex: 1, name: '示例·同学' } });
    expect(seen()).toEqual({});
    expect(seen('level', 'level')).toEqual({ [NAMESPACE]: { level: 'bachelor' } });
  });

  it('is not made of an element that is not held [name], [namespace]', () => {
    expect(codeOf(() => present([[NAMESPACE, 'gpa']]))).toBe('mdoc-element-missing');
    expect(codeOf(() => present([['org.other', 'name']]))).toBe('mdoc-element-missing');
  });

  it('is nothing without the device key', () => {
    expect(codeOf(() => verifyDeviceResponse(present([], stranger), options))).toBe('mdoc-device-signature-invalid');
  });
});

const authorised = (keyAuthorizations: [string, CborItem][]): Change => ({
  mso: (mso) => void inside(mso, 'deviceKeyInfo').set('keyAuthorizations', new Map(keyAuthorizations)),
});
const ownElement = new Map([['org.example.own', new Map([['note', 'x']])]]);
const other = (parts: object) =>
  openid4vpSessionTranscript(
    {
      clientId: 'x509_san_dns:verifier.example.edu',
      nonce: 'n'.repeat(22),
      jwkThumbprint: new Uint8Array(32).fill(5),
      responseUri: 'https://verifier.example.edu/response',
      ...parts,
    },
    sha256,
  );

describe('a DeviceResponse is refused', () => {
  it('never for nothing, nor for elements it says it does not return', () => {
    expect(responseCode()).toBe('accepted');
    const errors = new Map([[NAMESPACE, new Map([['gpa', 0]])]]);
    expect(responseCode({ document: (fields) => fields.set('errors', errors) })).toBe('accepted');
  });

  const refused: [string, string, Change][] = [
    ['version 2.0', 'mdoc-version-not-supported', { response: (fields) => fields.set('version', '2.0') }],
    ['version 1.1', 'mdoc-version-not-supported', { response: (fields) => fields.set('version', '1.1') }],
    ['an unknown member', 'mdoc-malformed', { response: (fields) => fields.set('more', 1) }],
    ['an unknown member of a document', 'mdoc-malformed', { document: (fields) => fields.set('more', 1) }],
    ['an unknown member of IssuerSigned', 'mdoc-malformed', { issuerSigned: (fields) => fields.set('namespaces', 1) }],
    ['an unknown member of DeviceAuth', 'mdoc-malformed', { deviceAuth: (fields) => fields.set('more', 1) }],
    ['no version', 'mdoc-version-not-supported', { response: (fields) => void fields.delete('version') }],
    ['a version that is a number', 'mdoc-version-not-supported', { response: (fields) => fields.set('version', 1) }],
    ['status 10', 'mdoc-response-status', { response: (fields) => fields.set('status', 10) }],
    ['no status', 'mdoc-response-status', { response: (fields) => void fields.delete('status') }],
    [
      'document errors',
      'mdoc-document-errors',
      { response: (fields) => fields.set('documentErrors', [new Map([[DOC_TYPE, 0]])]) },
    ],
    ['no documents', 'mdoc-document-missing', { response: (fields) => void fields.delete('documents') }],
    ['an empty list', 'mdoc-document-missing', { response: (fields) => fields.set('documents', []) }],
    [
      'two documents',
      'mdoc-too-many-documents',
      {
        response: (fields) => {
          const [document] = fields.get('documents') as CborItem[];
          fields.set('documents', [document!, document!]);
        },
      },
    ],
    ['a document that is none', 'mdoc-malformed', { response: (fields) => fields.set('documents', [1]) }],
    [
      'another type outside than in the MSO',
      'mdoc-doc-type-wrong',
      { document: (fields) => fields.set('docType', 'org.other') },
    ],
    ['no type outside', 'mdoc-malformed', { document: (fields) => void fields.delete('docType') }],
    ['no DeviceSigned', 'mdoc-device-auth-missing', { document: (fields) => void fields.delete('deviceSigned') }],
    ['no signature', 'mdoc-device-auth-missing', { deviceAuth: (fields) => void fields.delete('deviceSignature') }],
    [
      'a MAC',
      'mdoc-device-mac-not-supported',
      {
        deviceAuth: (fields) => {
          fields.delete('deviceSignature');
          fields.set('deviceMac', [new Uint8Array(), new Map(), null, new Uint8Array(32)]);
        },
      },
    ],
    [
      'a MAC beside a signature',
      'mdoc-device-mac-not-supported',
      { deviceAuth: (fields) => fields.set('deviceMac', null) },
    ],
    ['a forged issuer signature', 'mdoc-issuer-signature-invalid', { issuerKey: stranger }],
    ['a forged holder signature', 'mdoc-device-signature-invalid', { deviceKey: stranger }],
    ['a transcript of another nonce', 'mdoc-device-signature-invalid', { signedFor: other({ nonce: 'm'.repeat(22) }) }],
    [
      'a transcript without the thumbprint',
      'mdoc-device-signature-invalid',
      { signedFor: other({ jwkThumbprint: undefined }) },
    ],
    [
      'a transcript of another verifier',
      'mdoc-device-signature-invalid',
      { signedFor: other({ clientId: 'x509_san_dns:evil.example' }) },
    ],
    [
      'a payload that is sent along',
      'mdoc-malformed',
      {
        deviceAuth: (fields) => {
          const [header, unprotected, , signature] = fields.get('deviceSignature') as CborItem[];
          fields.set('deviceSignature', [header!, unprotected!, Uint8Array.of(1), signature!]);
        },
      },
    ],
    ['another algorithm', 'mdoc-algorithm-not-supported', { deviceProtected: encodeCbor(new Map([[1, -36]])) }],
    [
      'a critical header',
      'mdoc-critical-header',
      {
        deviceProtected: encodeCbor(
          new Map<number, CborItem>([
            [1, -7],
            [2, [9]],
          ]),
        ),
      },
    ],
    [
      'an algorithm outside the signature',
      'mdoc-malformed',
      {
        deviceAuth: (fields) => {
          const [, , , signature] = fields.get('deviceSignature') as CborItem[];
          fields.set('deviceSignature', [new Uint8Array(), new Map([[1, -7]]), null, signature!]);
        },
      },
    ],
    [
      'an element of the holder that nobody authorised',
      'mdoc-device-element-not-authorised',
      { deviceNameSpaces: ownElement },
    ],
    [
      'an element of the holder beside the authorised one',
      'mdoc-device-element-not-authorised',
      { deviceNameSpaces: ownElement, ...authorised([['dataElements', new Map([['org.example.own', ['other']]])]]) },
    ],
    [
      'an element of the holder in another namespace',
      'mdoc-device-element-not-authorised',
      { deviceNameSpaces: ownElement, ...authorised([['nameSpaces', [NAMESPACE]]]) },
    ],
    [
      'a namespace authorised twice',
      'mdoc-malformed',
      authorised([
        ['nameSpaces', [NAMESPACE]],
        ['dataElements', new Map([[NAMESPACE, ['x']]])],
      ]),
    ],
    ['authorisations that are a text', 'mdoc-malformed', authorised([['nameSpaces', 'x']])],
    ['elements of the holder that are no map', 'mdoc-malformed', { deviceNameSpaces: new Map([['n', [1]]]) }],
    [
      'elements of the holder without end',
      'mdoc-too-many-elements',
      { deviceNameSpaces: new Map(Array.from({ length: 17 }, (_, at) => [`n${at}`, new Map()])) },
    ],
    [
      'elements of the holder in clear',
      'mdoc-malformed',
      { document: (fields) => void inside(fields, 'deviceSigned').set('nameSpaces', new Map()) },
    ],
    ['an expired MSO', 'mdoc-expired', {}],
  ];
  it.each(refused)('%s [%s]', (name, code, change) => {
    expect(responseCode(change, name === 'an expired MSO' ? { nowSeconds: NOW + 100 } : {})).toBe(code);
  });

  it('in a session other than its own', () => {
    expect(responseCode({}, { sessionTranscript: other({ responseUri: 'https://evil.example' }) })).toBe(
      'mdoc-device-signature-invalid',
    );
  });

  it('before it is read where it is too large', () => {
    expect(codeOf(() => verifyDeviceResponse(new Uint8Array(MDOC_MAX_BYTES + 1), options))).toBe('mdoc-too-large');
  });

  it('with a device key the port refuses', () => {
    const blind = { ...nodeCrypto, importVerifyKey: () => undefined };
    expect(responseCode({}, { crypto: blind })).toBe('mdoc-device-key-malformed');
  });
});

describe('a DeviceResponse of another wallet', () => {
  it('may hold more documents only where the caller says so', () => {
    const twice: Change = {
      response: (fields) => {
        const [document] = fields.get('documents') as CborItem[];
        fields.set('documents', [document!, document!]);
      },
    };
    expect(responseCode(twice)).toBe('mdoc-too-many-documents');
    expect(verifyDeviceResponse(rawResponse(twice), { ...options, maxDocuments: 2 })).toHaveLength(2);
    expect(responseCode(twice, { maxDocuments: 1 })).toBe('mdoc-too-many-documents');
  });

  it('may say what its issuer authorised [namespace], [element], kept apart from what the issuer says', () => {
    for (const authorisation of [
      authorised([['nameSpaces', ['org.example.own']]]),
      authorised([['dataElements', new Map([['org.example.own', ['note']]])]]),
    ]) {
      const bytes = rawResponse({ deviceNameSpaces: ownElement, ...authorisation });
      const [mdoc] = verifyDeviceResponse(bytes, options);
      expect(jsonOfElements(mdoc.deviceElements)).toEqual({ 'org.example.own': { note: 'x' } });
      expect(mdoc.elements.has('org.example.own')).toBe(false);
    }
  });
});

describe('bytes on the way', () => {
  const good = rawResponse();
  it('never verify when one bit of any of them was flipped', () => {
    for (let at = 0; at < good.length; at++) {
      const bytes = new Uint8Array(good);
      bytes[at]! ^= 1 << (at % 8);
      expect(codeOf(() => verifyDeviceResponse(bytes, options))).not.toBe('accepted');
    }
  });

  it('never verify when one of them was changed, and never end in anything but a typed refusal', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = new Uint8Array(good);
        bytes[at]! ^= flip;
        expect(codeOf(() => verifyDeviceResponse(bytes, options))).not.toBe('accepted');
      }),
      { numRuns: 600 },
    );
  });

  it('never verify when they were cut, and any bytes end in a typed refusal', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 60 }), (length, tail) => {
        expect(codeOf(() => verifyDeviceResponse(good.subarray(0, length), options))).not.toBe('accepted');
        expect(codeOf(() => verifyDeviceResponse(tail, options))).not.toBe('accepted');
        const spliced = Buffer.concat([good.subarray(0, length), tail]);
        if (!spliced.equals(good)) expect(codeOf(() => verifyDeviceResponse(spliced, options))).not.toBe('accepted');
      }),
      { numRuns: 300 },
    );
  });
});
