import { randomBytes } from 'node:crypto';
import {
  CoseKey,
  DateOnly,
  DeviceKey,
  DeviceRequest,
  DeviceResponse,
  DocRequest,
  Holder,
  Issuer,
  IssuerSigned,
  ItemsRequest,
  type MdocContext,
  SignatureAlgorithm,
  SessionTranscript as TheirTranscript,
  Verifier,
} from '@owf/mdoc';
import { describe, expect, it } from 'vitest';
import type { CborItem } from '../../../src/cbor/cbor-value.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { parseP256Jwk } from '../../../src/jws/p256-jwk.js';
import { assembleDeviceResponse, prepareDeviceResponse } from '../../../src/mdoc/create-device-response.js';
import { createIssuerSigned, createMdocSigner } from '../../../src/mdoc/create-issuer-signed.js';
import { jsonOfElements } from '../../../src/mdoc/elements.js';
import { encodeMdocElements } from '../../../src/mdoc/encode-elements.js';
import { parseIssuerSigned } from '../../../src/mdoc/parse-issuer-signed.js';
import { dcApiSessionTranscript, openid4vpSessionTranscript } from '../../../src/mdoc/session-transcript.js';
import { verifyDeviceResponse } from '../../../src/mdoc/verify-device-response.js';
import { verifyIssuerSigned } from '../../../src/mdoc/verify-issuer-signed.js';
import {
  codeOf,
  DOC_TYPE,
  fixedRandom,
  holder,
  holderJwk,
  issuer,
  leaf,
  NAMESPACE,
  NOW,
  options,
  sha256,
  stranger,
  transcript,
} from './support.js';

const publicKeyOf = (key: typeof issuer) => CoseKey.fromJwk({ ...key.jwk });
const privateKeyOf = (key: typeof issuer) =>
  CoseKey.fromJwk({ ...key.privateKey.export({ format: 'jwk' }), alg: 'ES256' });

/** Their context over our crypto. `digestIds` says what their four random bytes for an identifier begin with. */
const context = (digestIds: number): MdocContext => ({
  crypto: {
    random: (length) => {
      const bytes = randomBytes(length);
      if (length === 4) bytes[0] = digestIds;
      return new Uint8Array(bytes);
    },
    digest: ({ bytes }) => sha256(bytes),
    calculateEphemeralMacKey: () => Promise.reject(new Error('no MAC')),
  },
  cose: {
    sign1: {
      sign: ({ toBeSigned, key }) =>
        [issuer, holder, stranger]
          .find((one) => Buffer.from(key.x ?? []).equals(Buffer.from(one.jwk.x, 'base64url')))!
          .sign(toBeSigned),
      verify: ({ key, sign1 }) => {
        const { x, y } = key;
        const jwk = parseP256Jwk({
          kty: 'EC',
          crv: 'P-256',
          x: Buffer.from(x!).toString('base64url'),
          y: Buffer.from(y!).toString('base64url'),
        });
        return nodeCrypto.verifyEs256(nodeCrypto.importVerifyKey(jwk.compressed)!, sign1.toBeSigned, sign1.signature);
      },
    },
    mac0: { sign: () => Promise.reject(new Error('no MAC')), verify: () => false },
  },
  x509: {
    getIssuerNameField: () => ['CN'],
    getPublicKey: () => publicKeyOf(issuer),
    verifyCertificateChain: () => undefined,
    getCertificateData: () => ({
      issuerName: 'issuer',
      subjectName: 'signer',
      serialNumber: '1',
      thumbprint: '',
      notBefore: new Date((NOW - 1000) * 1000),
      notAfter: new Date((NOW + 1000) * 1000),
      pem: '',
    }),
  },
});
const low = context(0x7f);
const now = new Date(NOW * 1000);
const parts = {
  clientId: 'x509_san_dns:verifier.example.edu',
  nonce: 'n'.repeat(22),
  jwkThumbprint: new Uint8Array(32).fill(5),
  responseUri: 'https://verifier.example.edu/response',
};

async function theirs(ctx: MdocContext) {
  const builder = new Issuer(DOC_TYPE, ctx);
  builder.addIssuerNamespace(NAMESPACE, {
    name: '示例·同学',
    sex: 1,
    birth_date: new DateOnly('2004-02-29'),
    portrait: new Uint8Array([0xff, 0xd8]),
  });
  return await builder.sign({
    signingKey: privateKeyOf(issuer),
    algorithm: SignatureAlgorithm.ES256,
    digestAlgorithm: 'SHA-256',
    validityInfo: {
      signed: new Date((NOW - 60) * 1000),
      validFrom: new Date((NOW - 60) * 1000),
      validUntil: new Date((NOW + 60) * 1000),
    },
    deviceKeyInfo: { deviceKey: DeviceKey.fromJwk({ ...holder.jwk }) as DeviceKey },
    certificates: [leaf],
  });
}

const deviceRequest = (...names: string[]) =>
  DeviceRequest.create({
    docRequests: [
      DocRequest.create({
        itemsRequest: ItemsRequest.create({
          docType: DOC_TYPE,
          namespaces: { [NAMESPACE]: Object.fromEntries(names.map((name) => [name, false])) },
        }),
      }),
    ],
  });

const ours = createIssuerSigned({
  docType: DOC_TYPE,
  elements: encodeMdocElements(
    new Map([
      [
        NAMESPACE,
        new Map<string, CborItem>([
          ['name', '示例·同学'],
          ['birth_date', { tag: 1004, value: '2004-02-29' }],
          ['sex', 1],
        ]),
      ],
    ]),
  ),
  deviceKey: holderJwk,
  signer: createMdocSigner({ x5chain: [leaf] }),
  validity: { signedSeconds: NOW - 60, validFromSeconds: NOW - 60, validUntilSeconds: NOW + 60 },
  status: { uri: 'https://issuer.example/s/1', index: 3 },
  random: fixedRandom(),
  sha256,
  sign: issuer.sign,
});
const present = (signer = holder) => {
  const prepared = prepareDeviceResponse({
    issuerSigned: parseIssuerSigned(ours),
    disclose: [[NAMESPACE, 'name']],
    sessionTranscript: transcript,
  });
  return assembleDeviceResponse(prepared, signer.sign(prepared.toBeSigned));
};
const theirVerdict = async (deviceResponse: Uint8Array) =>
  await Verifier.verifyDeviceResponse(
    { deviceResponse, sessionTranscript: transcript, trustedCertificates: [leaf], now },
    low,
  );

describe('mdoc with @owf/mdoc', () => {
  it('is read and verified by it when it is ours [IssuerSigned]', async () => {
    const issuerSigned = IssuerSigned.decode(ours);
    await issuerSigned.verify({ now, trustedCertificates: [leaf] }, low);
    expect(issuerSigned.getPrettyClaims(NAMESPACE)).toMatchObject({ name: '示例·同学', sex: 1 });
  });

  it('is verified by it when it is our DeviceResponse [forged holder: refused by both]', async () => {
    await expect(theirVerdict(present())).resolves.toBeUndefined();
    await expect(theirVerdict(present(stranger))).rejects.toThrow();
    expect(codeOf(() => verifyDeviceResponse(present(stranger), options))).toBe('mdoc-device-signature-invalid');
  });

  it('is verified by us when it is theirs [IssuerSigned]', async () => {
    const mdoc = verifyIssuerSigned(parseIssuerSigned((await theirs(low)).encode()), options);
    expect(mdoc.docType).toBe(DOC_TYPE);
    expect(jsonOfElements(mdoc.elements)).toEqual({
      [NAMESPACE]: { name: '示例·同学', sex: 1, birth_date: '2004-02-29', portrait: '_9g' },
    });
  });

  it('is verified by us when it is their DeviceResponse [their holder], [another session]', async () => {
    const response = await Holder.createDeviceResponseForDeviceRequest(
      {
        deviceRequest: deviceRequest('name', 'birth_date'),
        sessionTranscript: transcript,
        issuerSigned: [await theirs(low)],
        signature: { signingKey: privateKeyOf(holder) },
      },
      low,
    );
    const bytes = response.encode();
    const [mdoc] = verifyDeviceResponse(bytes, options);
    expect(jsonOfElements(mdoc.elements)).toEqual({
      [NAMESPACE]: { name: '示例·同学', birth_date: '2004-02-29' },
    });
    const other = openid4vpSessionTranscript({ ...parts, nonce: 'm'.repeat(22) }, sha256);
    expect(codeOf(() => verifyDeviceResponse(bytes, { ...options, sessionTranscript: other }))).toBe(
      'mdoc-device-signature-invalid',
    );
  });

  it('is presented by their holder when it is issued by us, and verified by us', async () => {
    const response = await Holder.createDeviceResponseForDeviceRequest(
      {
        deviceRequest: deviceRequest('sex'),
        sessionTranscript: transcript,
        issuerSigned: [IssuerSigned.decode(ours)],
        signature: { signingKey: privateKeyOf(holder) },
      },
      low,
    );
    const [mdoc] = verifyDeviceResponse(response.encode(), options);
    expect(jsonOfElements(mdoc.elements)).toEqual({ [NAMESPACE]: { sex: 1 } });
    expect(DeviceResponse.decode(present()).documents).toHaveLength(1);
  });

  it('has the same session transcripts [redirect], [redirect in clear], [Digital Credentials API]', async () => {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    const { jwkThumbprint: _, ...clear } = parts;
    expect(hex((await TheirTranscript.forOid4Vp(parts, low)).encode())).toBe(hex(transcript));
    expect(hex((await TheirTranscript.forOid4Vp(clear, low)).encode())).toBe(
      hex(openid4vpSessionTranscript({ ...parts, jwkThumbprint: undefined }, sha256)),
    );
    const api = { origin: 'https://example.com', nonce: parts.nonce, jwkThumbprint: parts.jwkThumbprint };
    expect(hex((await TheirTranscript.forOid4VpDcApi(api, low)).encode())).toBe(
      hex(dcApiSessionTranscript(api, sha256)),
    );
  });

  it('refuses what it writes with digest identifiers of 2^31 and more (18013-5, 2nd edition: DigestID < 2^31)', async () => {
    const issued = (await theirs(context(0x80))).encode();
    expect(codeOf(() => parseIssuerSigned(issued))).toBe('mdoc-digest-id-malformed');
    expect(codeOf(() => parseIssuerSigned((Buffer.from(issued) as Uint8Array).subarray(0, -1)))).toBe('mdoc-malformed');
  });
});
