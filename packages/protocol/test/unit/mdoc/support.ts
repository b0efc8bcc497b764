import { createHash } from 'node:crypto';
import type { CborItem } from '../../../src/cbor/cbor-value.js';
import { encodeCbor } from '../../../src/cbor/encode-cbor.js';
import { prepareSign1, sign1Item } from '../../../src/cose/create-sign1.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { parseP256Jwk } from '../../../src/jws/p256-jwk.js';
import { deviceAuthenticationBytes } from '../../../src/mdoc/device-authentication.js';
import { coseKeyOf } from '../../../src/mdoc/device-key.js';
import { taggedBytes } from '../../../src/mdoc/encode-elements.js';
import { MdocError } from '../../../src/mdoc/errors.js';
import { type ParsedIssuerSigned, parseIssuerSigned } from '../../../src/mdoc/parse-issuer-signed.js';
import { createMdocRandomSource } from '../../../src/mdoc/random-source.js';
import { openid4vpSessionTranscript } from '../../../src/mdoc/session-transcript.js';
import { tdate } from '../../../src/mdoc/tdate.js';
import { type VerifyDeviceResponseOptions, verifyDeviceResponse } from '../../../src/mdoc/verify-device-response.js';
import { type VerifyMdocOptions, verifyIssuerSigned } from '../../../src/mdoc/verify-issuer-signed.js';
import { testKey } from '../jws/support.js';

export const NOW = 1_800_000_000;
export const DOC_TYPE = 'org.example.card.1';
export const NAMESPACE = 'org.example.card.1';
export const issuer = testKey();
export const holder = testKey();
export const stranger = testKey();
export const holderJwk = parseP256Jwk({ ...holder.jwk });
/** Stands for a certificate: the chain is the caller's to check, so any bytes do here. */
export const leaf = Uint8Array.of(0x30, 1, 2, 3);
export const { sha256 } = nodeCrypto;

/** Random bytes that are the same in every run. */
export function fixedRandom(seed = 'seed') {
  let count = 0;
  return createMdocRandomSource((length) => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, () =>
      createHash('sha256').update(`${seed} ${count++}`).digest(),
    );
    return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
  });
}

export const transcript = openid4vpSessionTranscript(
  {
    clientId: 'x509_san_dns:verifier.example.edu',
    nonce: 'n'.repeat(22),
    jwkThumbprint: new Uint8Array(32).fill(5),
    responseUri: 'https://verifier.example.edu/response',
  },
  sha256,
);

export const options: VerifyDeviceResponseOptions = {
  findIssuerKey: ({ x5chain }) => (Buffer.from(x5chain[0]!).equals(leaf) ? issuer.verifyKey : undefined),
  nowSeconds: NOW,
  crypto: nodeCrypto,
  sessionTranscript: transcript,
};

type Fields = Map<string, CborItem>;

/** Changes on the way to the bytes; the signatures are made over what comes out, unless another key is given. */
export type Change = {
  readonly items?: (items: Fields[]) => void;
  readonly mso?: (mso: Fields) => void;
  /** The payload after everything else. */
  readonly payload?: (payload: Uint8Array) => Uint8Array;
  readonly issuerKey?: typeof issuer;
  readonly protectedBytes?: Uint8Array;
  readonly unprotected?: Map<number, CborItem>;
  readonly issuerSigned?: (issuerSigned: Fields) => void;
  readonly deviceNameSpaces?: CborItem;
  readonly deviceKey?: typeof issuer;
  readonly deviceProtected?: Uint8Array;
  readonly deviceAuth?: (deviceAuth: Fields) => void;
  readonly signedFor?: typeof transcript;
  readonly document?: (document: Fields) => void;
  readonly response?: (response: Fields) => void;
};

const es256 = encodeCbor(new Map([[1, -7]]));

/** An IssuerSigned built by hand, beside `createIssuerSigned`, so that everything in it can be wrong. */
export function rawIssuerSigned(change: Change = {}): Fields {
  const items: Fields[] = ['name', 'level', 'sex'].map((element, digestID) => {
    const values: CborItem[] = ['示例·同学', 'bachelor', 1];
    return new Map<string, CborItem>([
      ['digestID', digestID],
      ['random', new Uint8Array(32).fill(digestID + 1)],
      ['elementIdentifier', element],
      ['elementValue', values[digestID]!],
    ]);
  });
  const before = items.map((item) => taggedBytes(encodeCbor(item)));
  const digests = new Map(before.map((bytes, id) => [id, sha256(bytes)]));
  const mso: Fields = new Map<string, CborItem>([
    ['version', '1.0'],
    ['digestAlgorithm', 'SHA-256'],
    ['valueDigests', new Map([[NAMESPACE, digests]])],
    ['deviceKeyInfo', new Map<string, CborItem>([['deviceKey', coseKeyOf(holderJwk)]])],
    ['docType', DOC_TYPE],
    [
      'validityInfo',
      new Map<string, CborItem>([
        ['signed', tdate(NOW - 100)],
        ['validFrom', tdate(NOW - 100)],
        ['validUntil', tdate(NOW + 100)],
      ]),
    ],
    [
      'status',
      new Map([
        [
          'status_list',
          new Map<string, CborItem>([
            ['idx', 7],
            ['uri', 'https://issuer.example/s/1'],
          ]),
        ],
      ]),
    ],
  ]);
  change.items?.(items);
  change.mso?.(mso);
  const signed = taggedBytes(encodeCbor(mso));
  const protectedBytes = change.protectedBytes ?? es256;
  const signature = (change.issuerKey ?? issuer).sign(prepareSign1({ protectedBytes, payload: signed }));
  const payload = change.payload?.(signed) ?? signed;
  const unprotectedHeader = change.unprotected ?? new Map<number, CborItem>([[33, leaf]]);
  const issuerSigned: Fields = new Map<string, CborItem>([
    ['nameSpaces', new Map([[NAMESPACE, items.map((item) => ({ encoded: taggedBytes(encodeCbor(item)) }))]])],
    ['issuerAuth', sign1Item({ protectedBytes, payload }, { unprotectedHeader }, signature)],
  ]);
  change.issuerSigned?.(issuerSigned);
  return issuerSigned;
}

export const issuedBytes = (change: Change = {}): Uint8Array => encodeCbor(rawIssuerSigned(change));

export function rawResponse(change: Change = {}): Uint8Array {
  const nameSpaces = taggedBytes(encodeCbor(change.deviceNameSpaces ?? new Map()));
  const payload = deviceAuthenticationBytes(change.signedFor ?? transcript, DOC_TYPE, nameSpaces);
  const protectedBytes = change.deviceProtected ?? es256;
  const signature = (change.deviceKey ?? holder).sign(prepareSign1({ protectedBytes, payload }));
  const frame = { unprotectedHeader: new Map<number, CborItem>(), detached: true };
  const deviceAuth: Fields = new Map([['deviceSignature', sign1Item({ protectedBytes, payload }, frame, signature)]]);
  change.deviceAuth?.(deviceAuth);
  const document: Fields = new Map<string, CborItem>([
    ['docType', DOC_TYPE],
    ['issuerSigned', rawIssuerSigned(change)],
    [
      'deviceSigned',
      new Map<string, CborItem>([
        ['nameSpaces', { encoded: nameSpaces }],
        ['deviceAuth', deviceAuth],
      ]),
    ],
  ]);
  change.document?.(document);
  const response: Fields = new Map<string, CborItem>([
    ['version', '1.0'],
    ['documents', [document]],
    ['status', 0],
  ]);
  change.response?.(response);
  return encodeCbor(response);
}

/** The code of the refusal, or "accepted"; anything else that is thrown fails the test. */
export function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof MdocError) return error.code;
    throw error;
  }
  return 'accepted';
}

export const issuedCode = (change: Change = {}, more: Partial<VerifyMdocOptions> = {}) =>
  codeOf(() => verifyIssuerSigned(parseIssuerSigned(issuedBytes(change)), { ...options, ...more }));
export const responseCode = (change: Change = {}, more: Partial<VerifyDeviceResponseOptions> = {}) =>
  codeOf(() => verifyDeviceResponse(rawResponse(change), { ...options, ...more }));

/** A map inside a map, to be changed. */
export const inside = (map: Fields, ...names: string[]): Map<string | number, CborItem> =>
  names.reduce<Map<string | number, CborItem>>((at, name) => at.get(name) as Map<string | number, CborItem>, map);

export const parsed = (change: Change = {}): ParsedIssuerSigned => parseIssuerSigned(issuedBytes(change));
