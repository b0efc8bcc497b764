import { Base64urlError } from '../../src/base64url/errors.js';
import { parseStrictJson, StrictJsonError } from '../../src/base64url/strict-json.js';
import { decodeCbor, decodeReceivedCbor } from '../../src/cbor/decode-cbor.js';
import { encodeCbor } from '../../src/cbor/encode-cbor.js';
import { parseSign1 } from '../../src/cose/parse-sign1.js';
import { nodeCrypto, nodeDigestText } from '../../src/crypto/node-crypto.js';
import { DcqlQueryError } from '../../src/dcql/errors.js';
import { parseDcqlQuery } from '../../src/dcql/z-dcql-query.js';
import { DocumentError } from '../../src/errors.js';
import { parseGateCode } from '../../src/gate-code/parse-gate-code.js';
import { signJws } from '../../src/jws/create-jws.js';
import { JwkError, JwsError } from '../../src/jws/errors.js';
import { jwsJsonPayload, parseJws } from '../../src/jws/parse-jws.js';
import { MdocError } from '../../src/mdoc/errors.js';
import { parseDeviceResponse } from '../../src/mdoc/parse-device-response.js';
import { parseIssuerSigned } from '../../src/mdoc/parse-issuer-signed.js';
import { verifyDeviceResponse } from '../../src/mdoc/verify-device-response.js';
import { parsePackageEnvelope } from '../../src/offline-package/package-envelope.js';
import { verifyCheckpointPart } from '../../src/offline-package/parse-checkpoint-part.js';
import { verifyPeoplePart } from '../../src/offline-package/parse-people-part.js';
import { parseAuthorizationRequest } from '../../src/openid4vp/authorization-request.js';
import { AuthorizationRequestError, VpTokenError } from '../../src/openid4vp/errors.js';
import { parseVpToken } from '../../src/openid4vp/parse-vp-token.js';
import { parsePass } from '../../src/pass/parse-pass.js';
import { createPassKeySet, verifyPassKeySet } from '../../src/pass-key-set/pass-key-set.js';
import { applyPassList } from '../../src/pass-list/verify-pass-list.js';
import { parsePortableCode } from '../../src/portable-code/parse-portable-code.js';
import { SdJwtError } from '../../src/sd-jwt/errors.js';
import { parseSdJwt } from '../../src/sd-jwt/parse-sd-jwt.js';
import { processDisclosures } from '../../src/sd-jwt/process-disclosures.js';
import { SdJwtVcError } from '../../src/sd-jwt-vc/errors.js';
import { verifySdJwtVc } from '../../src/sd-jwt-vc/verify-sd-jwt-vc.js';
import { createStatusListToken } from '../../src/status-list/create-status-list.js';
import { createStatusListCwt } from '../../src/status-list/create-status-list-cwt.js';
import { StatusListError } from '../../src/status-list/errors.js';
import { compressZlib, inflateZlib } from '../../src/status-list/node-zlib.js';
import { createStatusBits } from '../../src/status-list/status-bits.js';
import { verifyStatusListToken } from '../../src/status-list/verify-status-list.js';
import { verifyStatusListCwt } from '../../src/status-list/verify-status-list-cwt.js';
import { acceptTrustList, encodeTrustList, pinTrustListOperator, TrustListError } from '../../src/trust-list/index.js';
import { X509Error } from '../../src/x509/errors.js';
import { parseCertificate } from '../../src/x509/parse-certificate.js';
import {
  fixedKey,
  foreignCode,
  gateCode,
  keyEntry,
  keys,
  makePackage,
  noon,
  ownCode,
  pass,
  pinned,
  portableCode,
} from '../fixtures.js';
import { options as mdocOptions, rawIssuerSigned, rawResponse } from '../unit/mdoc/support.js';
import { readVector, vectorFiles } from '../vectors.js';
import { rootCertificates } from './certificates.js';
import type { FuzzTarget } from './fuzz.js';
import { nfcTarget } from './nfc-target.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (input: Uint8Array) => new TextDecoder().decode(input);
/** Takes every signature: only so is what comes behind a signature ever reached. */
const credulous = { ...nodeCrypto, verifyEs256: () => true };
const anyKey = nodeCrypto.importVerifyKey(keys.pass.compressed);

const sdJwts = readVector<{ compact?: string; jwt?: string }[] | Record<string, unknown>>('sd-jwt/compact.json');
const sdJwtTexts = [
  ...JSON.stringify(sdJwts).matchAll(/eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+~[A-Za-z0-9_.~-]*/g),
]
  .map(([match]) => match)
  .slice(0, 40);
const queries = vectorFiles('openid4vp/query_lang').map((file) =>
  JSON.stringify(readVector(`openid4vp/query_lang/${file}`)),
);
const list = {
  ...({ uri: 'https://issuer.example/s/1', bits: 2, bytes: createStatusBits(2, 4_096) } as const),
  ...{ issuedAtSeconds: noon, expiresAtSeconds: noon + 600, ttlSeconds: 60, compress: compressZlib },
};
const { envelope, peoplePart, checkpointPart, part } = makePackage();
const response = rawResponse();
const operator = fixedKey('trust list operator');
const operatorJwk = { kty: 'EC', crv: 'P-256', ...pointOf(operator.compressed) } as const;
const trustList = signJws(
  { typ: 'lanyard-trust-list+jwt', jwk: operatorJwk },
  encodeTrustList({
    ...{ sequence: 1, issuedAtSeconds: noon, nextUpdateSeconds: noon + 60, expiresSeconds: noon + 600 },
    ...{ previousDigest: new Uint8Array(32), nextKeyDigest: new Uint8Array(32) },
    entries: [
      {
        ...{ universityCode: foreignCode, names: { zh: '示', en: 'E' }, issuerUrl: 'https://a.example' },
        ...{ anchors: [Uint8Array.of(0x30)], readerAnchors: [], state: 'active', sinceSeconds: noon },
        retired: [{ kid: 'AAAAAAAAAAA', sinceSeconds: 1 }],
        ...{ passKeysUrl: 'https://a.example/k', statusAggregateUrl: 'https://a.example/l' },
      },
    ],
  }),
  operator.sign,
);
const passKeySet = createPassKeySet(
  {
    ...{ universityCode: ownCode, issuedAtSeconds: noon, nextUpdateSeconds: noon + 60, expiresSeconds: noon + 600 },
    ...{
      passKeys: [keyEntry(ownCode, keys.pass)],
      listSigners: [keyEntry(ownCode, keys.status)],
      certificates: [Uint8Array.of(0x30)],
    },
  },
  keys.pass,
);

/** Everything that comes from outside is read by one of these. */
export const targets: readonly FuzzTarget[] = [
  {
    name: 'JSON and JWS',
    seeds: [
      ...sdJwtTexts.slice(0, 10).map((one) => bytes(one.split('~')[0] ?? '')),
      bytes('{"a":[1,"\\u00e9",null,{"b":-1.5e3}]}'),
    ],
    refusals: [JwsError, StrictJsonError, Base64urlError],
    parse: (input) => {
      if (input[0] === 0x7b) return parseStrictJson(input);
      return jwsJsonPayload(parseJws(text(input)));
    },
  },
  {
    name: 'SD-JWT VC',
    seeds: sdJwtTexts.map(bytes),
    refusals: [SdJwtError, SdJwtVcError, JwsError, JwkError],
    parse: (input) => {
      const compact = text(input);
      const parsed = parseSdJwt(compact, nodeDigestText);
      processDisclosures(parsed.payload, parsed.disclosures);
      return verifySdJwtVc(compact, {
        ...{ findIssuerKey: () => anyKey, nowSeconds: noon, crypto: credulous, digestText: nodeDigestText },
        keyBinding: { required: true, nonce: 'n', audience: 'a', maxAgeSeconds: 300, maxFutureSeconds: 5 },
      });
    },
  },
  {
    name: 'CBOR and COSE',
    seeds: [envelope, peoplePart, checkpointPart, pass(), response, encodeCbor(rawIssuerSigned())],
    refusals: [DocumentError],
    parse: (input) => {
      decodeReceivedCbor(input, { maxBytes: 65_536, maxDepth: 16 });
      decodeCbor(input, { maxBytes: 65_536, maxDepth: 16 });
      return parseSign1(input, 65_536);
    },
  },
  {
    name: 'mdoc',
    seeds: [response, encodeCbor(rawIssuerSigned())],
    refusals: [MdocError],
    parse: (input) => {
      if (input[0] === 0xa2) parseIssuerSigned(input);
      parseDeviceResponse(input, 2);
      return verifyDeviceResponse(input, { ...mdocOptions, crypto: credulous, findIssuerKey: () => anyKey });
    },
  },
  {
    name: 'status list (JWT and CWT)',
    seeds: [
      bytes(createStatusListToken({ ...list, signer: { kid: 'k' } }, keys.status.sign)),
      createStatusListCwt({ ...list, signer: { kid: keys.status.kid } }, keys.status.sign),
    ],
    refusals: [StatusListError],
    parse: (input) => {
      const check = { uri: list.uri, findKey: () => anyKey, nowSeconds: noon, crypto: credulous, inflate: inflateZlib };
      return input[0] === 0xd2 ? verifyStatusListCwt(input, check) : verifyStatusListToken(text(input), check);
    },
  },
  {
    name: 'DCQL and OpenID4VP',
    seeds: queries.map(bytes),
    refusals: [StrictJsonError, DcqlQueryError, AuthorizationRequestError, VpTokenError],
    parse: (input) => {
      const value = parseStrictJson(input);
      const attempts = [() => parseVpToken(value), () => parseAuthorizationRequest(value as never)];
      for (const attempt of attempts) {
        try {
          attempt();
        } catch (error) {
          if (
            !(
              error instanceof VpTokenError ||
              error instanceof AuthorizationRequestError ||
              error instanceof DcqlQueryError
            )
          )
            throw error;
        }
      }
      return parseDcqlQuery(value);
    },
  },
  {
    name: 'X.509',
    seeds: rootCertificates,
    refusals: [X509Error],
    parse: parseCertificate,
  },
  {
    name: 'trust list and pass key set',
    seeds: [bytes(trustList), passKeySet],
    refusals: [TrustListError, DocumentError],
    parse: (input) => {
      if (input[0] !== 0x84)
        return acceptTrustList(text(input), pinTrustListOperator(operator.compressed, nodeCrypto.sha256), {
          ...{ nowSeconds: noon, crypto: credulous },
        });
      return verifyPassKeySet(input, {
        ...{ universityCode: ownCode, nowSeconds: noon, crypto: credulous, findSigner: async () => anyKey },
      });
    },
  },
  nfcTarget,
  {
    name: 'codes, passes, packages and pass lists',
    seeds: [bytes(gateCode()), bytes(portableCode()), pass(), envelope, peoplePart, checkpointPart, ...part.passLists],
    refusals: [DocumentError],
    parse: (input) => {
      if (input[0] === 0x4c)
        return text(input).startsWith('LYG') ? parseGateCode(text(input)) : parsePortableCode(text(input));
      if (input[0] === 0xa2) return parsePackageEnvelope(input);
      const outcomes = [
        () => parsePass(input),
        () => verifyPeoplePart(credulous, input, pinned.people),
        () => verifyCheckpointPart(credulous, input, pinned.checkpoint),
        () => applyPassList(credulous, () => undefined, input, part.statusSigners),
      ];
      let last: unknown;
      for (const outcome of outcomes) {
        try {
          return outcome();
        } catch (error) {
          if (!(error instanceof DocumentError)) throw error;
          last = error;
        }
      }
      throw last;
    },
  },
];

function pointOf(compressed: Uint8Array): { x: string; y: string } {
  const y = nodeCrypto.decompress(compressed) ?? new Uint8Array(32);
  const text = (part: Uint8Array) => Buffer.from(part).toString('base64url');
  return { x: text(compressed.subarray(1)), y: text(y) };
}
