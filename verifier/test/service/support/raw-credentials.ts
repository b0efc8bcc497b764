import { assembleKeyBinding, digestTextWith, prepareKeyBinding, STUDENT_ID_VCT, signJws } from '@lanyard/protocol';
import { type SessionTranscript, STUDENT_ID_DOC_TYPE } from '@lanyard/protocol/mdoc';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { CborItem } from '../../../../packages/protocol/src/cbor/cbor-value.js';
import { decodeReceivedCbor } from '../../../../packages/protocol/src/cbor/decode-cbor.js';
import { encodeCbor } from '../../../../packages/protocol/src/cbor/encode-cbor.js';
import { prepareSign1, sign1Item } from '../../../../packages/protocol/src/cose/create-sign1.js';
import { deviceAuthenticationBytes } from '../../../../packages/protocol/src/mdoc/device-authentication.js';
import { taggedBytes } from '../../../../packages/protocol/src/mdoc/encode-elements.js';
import type { HeldMdoc } from './ask.js';
import { nowSeconds, type StandInIssuer, type TestSigner, UNIVERSITY } from './stand-in-issuer.js';

export const digestText = digestTextWith(nodeCrypto.sha256);
export const disclosureOf = (...elements: unknown[]): string =>
  Buffer.from(JSON.stringify(['c2FsdHNhbHRzYWx0c2FsdHNh', ...elements])).toString('base64url');

/** An SD-JWT VC by hand, so that everything in it can be wrong under the issuer's true signature. */
export function rawSdJwt(
  issuer: StandInIssuer,
  change: { header?: object; payload?: object; disclosures?: string[]; hidden?: string[] } = {},
) {
  const pair = generateKeyPair();
  const disclosures = change.disclosures ?? [
    disclosureOf('student_number', '9900000001'),
    disclosureOf('name', '测试·学生'),
  ];
  const payload = {
    iss: issuer.url,
    ...{ iat: nowSeconds() - 60, nbf: nowSeconds() - 60, exp: nowSeconds() + 600 },
    vct: STUDENT_ID_VCT,
    university_code: UNIVERSITY,
    cnf: { jwk: pair.jwk },
    status: { status_list: { uri: `${issuer.url}/status-lists/7`, idx: 3 } },
    _sd: [...disclosures, ...(change.hidden ?? [])].map(digestText),
    _sd_alg: 'sha-256',
    ...change.payload,
  };
  const { kidText, sign } = issuer.signers.document;
  const jwt = signJws({ typ: 'dc+sd-jwt', kid: kidText, ...change.header }, payload, sign);
  return { pair, jwt, disclosures };
}

/** Exactly these disclosures with a KB-JWT over them; `claims` and `header` change what it says. */
export function bindRaw(
  { pair, jwt, disclosures }: ReturnType<typeof rawSdJwt>,
  request: { nonce: string; client_id: string },
  change: { claims?: Record<string, unknown>; header?: object; sent?: string[]; boundTo?: string[] } = {},
): string {
  const text = (list: string[]) => `${[jwt, ...list].join('~')}~`;
  const sent = text(change.sent ?? disclosures);
  const sign = createSigner(pair.privateKey);
  const over = { nonce: request.nonce, audience: request.client_id, issuedAtSeconds: nowSeconds(), digestText };
  const bound = text(change.boundTo ?? change.sent ?? disclosures);
  if (change.header === undefined && change.claims === undefined) {
    const prepared = prepareKeyBinding({ presentation: bound, ...over });
    return assembleKeyBinding(sent, prepared, sign(prepared.signingInput));
  }
  const { nonce, audience: aud, issuedAtSeconds: iat } = over;
  const claims = { iat, aud, nonce, sd_hash: digestText(bound), ...change.claims };
  return sent + signJws({ typ: 'kb+jwt', ...change.header } as { typ: string }, claims, sign);
}

type Fields = Map<string, CborItem>;
export interface MdocChange {
  mso?: (mso: Fields) => void;
  /** Items of the one namespace that go out; by default those named. */
  items?: (items: Fields[]) => void;
  elements?: string[];
  signer?: TestSigner;
  unprotected?: Map<number, CborItem>;
  deviceAuth?: (deviceAuth: Fields) => void;
}

const LIMITS = { maxBytes: 131_072, maxDepth: 16 };
const es256 = encodeCbor(new Map([[1, -7]]));

/**
 * A DeviceResponse made anew from an issued mdoc: items changed, their digests computed again, then the MSO changed and
 * signed by the issuer, so that only what a test means to be wrong is.
 */
export function rawDeviceResponse(
  issuer: StandInIssuer,
  held: HeldMdoc,
  sessionTranscript: SessionTranscript,
  change: MdocChange = {},
): string {
  const issued = decodeReceivedCbor(held.issuerSigned, LIMITS) as Fields;
  const [, unprotected, payload] = issued.get('issuerAuth') as [Uint8Array, Map<number, CborItem>, Uint8Array];
  const mso = innerOf(decodeReceivedCbor(payload, LIMITS)) as Fields;
  const [[namespace, tagged]] = [...(issued.get('nameSpaces') as Map<string, CborItem[]>)] as [[string, CborItem[]]];
  const wanted = change.elements ?? ['student_number', 'name'];
  const items = tagged
    .map((item) => new Map(innerOf(item) as Fields))
    .filter((item) => wanted.includes(String(item.get('elementIdentifier'))));
  change.items?.(items);
  const encoded = items.map((item) => taggedBytes(encodeCbor(item)));
  const fresh = new Map(items.map((item, at) => [item.get('digestID') as number, nodeCrypto.sha256(encoded[at]!)]));
  const changed = new Map(mso);
  changed.set('valueDigests', new Map([[namespace, fresh]]));
  change.mso?.(changed);
  const signed = taggedBytes(encodeCbor(changed));
  const signature = (change.signer ?? issuer.signers.document).sign(
    prepareSign1({ protectedBytes: es256, payload: signed }),
  );
  const issuerSigned = new Map<string, CborItem>([
    ['nameSpaces', new Map([[namespace, encoded.map((bytes) => ({ encoded: bytes }))]])],
    [
      'issuerAuth',
      sign1Item(
        { protectedBytes: es256, payload: signed },
        { unprotectedHeader: change.unprotected ?? unprotected },
        signature,
      ),
    ],
  ]);
  const nothing = taggedBytes(encodeCbor(new Map()));
  const toDevice = deviceAuthenticationBytes(sessionTranscript, STUDENT_ID_DOC_TYPE, nothing);
  const byDevice = createSigner(held.pair.privateKey)(prepareSign1({ protectedBytes: es256, payload: toDevice }));
  const deviceAuth: Fields = new Map([
    [
      'deviceSignature',
      sign1Item(
        { protectedBytes: es256, payload: toDevice },
        { unprotectedHeader: new Map(), detached: true },
        byDevice,
      ),
    ],
  ]);
  change.deviceAuth?.(deviceAuth);
  const document = new Map<string, CborItem>([
    ['docType', STUDENT_ID_DOC_TYPE],
    ['issuerSigned', issuerSigned],
    [
      'deviceSigned',
      new Map<string, CborItem>([
        ['nameSpaces', { encoded: nothing }],
        ['deviceAuth', deviceAuth],
      ]),
    ],
  ]);
  const response = new Map<string, CborItem>([
    ['version', '1.0'],
    ['documents', [document]],
    ['status', 0],
  ]);
  return Buffer.from(encodeCbor(response)).toString('base64url');
}

function innerOf(item: CborItem): CborItem {
  return decodeReceivedCbor((item as { value: Uint8Array }).value, LIMITS);
}
