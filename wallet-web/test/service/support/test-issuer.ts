import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { encodeBase64url, type JsonObject, jwsJsonPayload, parseJws, parseP256Jwk, signJws } from '@lanyard/protocol';
import {
  createIssuerSigned,
  createMdocRandomSource,
  createMdocSigner,
  encodeMdocElements,
} from '@lanyard/protocol/mdoc';
import { createSigner, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { authorityOf } from './test-verifier.js';

export const LIBRARY_VCT = 'urn:example:library-card:1';
export const LIBRARY_DOC_TYPE = 'org.example.library.1';
const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

export interface TestForeignIssuer {
  url: string;
  /** Text of an offer by value. */
  offer(...configurations: string[]): string;
  notifications: JsonObject[];
  /** What the next credentials become on their way out. */
  spoil: ((credential: string) => string) | undefined;
  close(): Promise<void>;
}

const jwt = { jwt: { proof_signing_alg_values_supported: ['ES256'] } };
const display = [
  { name: '示例图书馆借书证', locale: 'zh-CN', background_color: '#7A3E00' },
  { name: 'Example library card', locale: 'en', background_color: '#7A3E00' },
];
const claims = [
  {
    path: ['reader_number'],
    display: [
      { name: '读者证号', locale: 'zh-CN' },
      { name: 'Reader number', locale: 'en' },
    ],
  },
];

/** An issuer of somebody else: pre-authorized code without a transaction code, both formats, one copy each. */
export async function startForeignIssuer(port: number): Promise<TestForeignIssuer> {
  const url = `http://localhost:${port}`;
  const authority = authorityOf('Example library');
  const sign = createSigner(authority.reader.privateKey);
  const issuer: TestForeignIssuer = {
    url,
    notifications: [],
    spoil: undefined,
    offer: (...configurations) => {
      const offer = {
        credential_issuer: url,
        credential_configuration_ids: configurations,
        grants: { [PRE_AUTHORIZED]: { 'pre-authorized_code': randomUUID() } },
      };
      return `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  const documents: Record<string, object> = {
    '/.well-known/openid-credential-issuer': {
      credential_issuer: url,
      credential_endpoint: `${url}/credential`,
      nonce_endpoint: `${url}/nonce`,
      notification_endpoint: `${url}/notification`,
      display: [
        { name: '示例图书馆', locale: 'zh-CN' },
        { name: 'Example library', locale: 'en' },
      ],
      credential_configurations_supported: {
        // The name of our own configuration: it must not matter.
        'student-id-sd-jwt': {
          ...{ format: 'dc+sd-jwt', vct: LIBRARY_VCT, proof_types_supported: jwt },
          credential_metadata: { display, claims },
        },
        mdoc: { ...{ format: 'mso_mdoc', doctype: LIBRARY_DOC_TYPE, proof_types_supported: jwt }, display },
        other: { format: 'jwt_vc_json' },
      },
    },
    '/.well-known/oauth-authorization-server': {
      ...{ issuer: url, token_endpoint: `${url}/token`, grant_types_supported: [PRE_AUTHORIZED] },
    },
  };

  const issue = (configuration: string, jwk: { x: string; y: string }): string => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const validity = {
      signedSeconds: nowSeconds,
      validFromSeconds: nowSeconds,
      validUntilSeconds: nowSeconds + 86_400,
    };
    if (configuration === 'mdoc') {
      const elements = encodeMdocElements(
        new Map([
          [
            LIBRARY_DOC_TYPE,
            new Map([
              ['reader_number', 'R-1'],
              ['home', 'A'],
            ]),
          ],
        ]),
      );
      const issued = createIssuerSigned({
        ...{
          docType: LIBRARY_DOC_TYPE,
          elements,
          deviceKey: parseP256Jwk({ kty: 'EC', crv: 'P-256', ...jwk }),
          validity,
        },
        ...{ signer: createMdocSigner({ x5chain: [authority.leaf] }), status: { uri: `${url}/status`, index: 1 } },
        ...{
          random: createMdocRandomSource((length) => new Uint8Array(randomBytes(length))),
          sha256: nodeCrypto.sha256,
          sign,
        },
      });
      return encodeBase64url(issued);
    }
    const disclosures = [
      ['reader_number', 'R-1'],
      ['home', 'A'],
    ].map(([name, value]) =>
      Buffer.from(JSON.stringify([randomBytes(16).toString('base64url'), name, value])).toString('base64url'),
    );
    const payload = {
      ...{ iss: url, vct: LIBRARY_VCT, iat: nowSeconds, exp: validity.validUntilSeconds, _sd_alg: 'sha-256' },
      cnf: { jwk: { kty: 'EC', crv: 'P-256', ...jwk } },
      _sd: disclosures.map((text) => createHash('sha256').update(text).digest('base64url')),
    };
    const x5c = [Buffer.from(authority.leaf).toString('base64')];
    return `${[signJws({ typ: 'dc+sd-jwt', x5c }, payload, sign), ...disclosures].join('~')}~`;
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, DPoP');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const answer = (value: object, status = 200) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    const document = documents[request.url ?? ''];
    if (document !== undefined) return void answer(document);
    if (request.url === '/nonce') return void answer({ c_nonce: 'n'.repeat(22) });
    // A server without DPoP: bearer tokens.
    if (request.url === '/token')
      return void answer({ access_token: 'a'.repeat(43), token_type: 'Bearer', expires_in: 600 });
    if (request.headers.authorization !== `Bearer ${'a'.repeat(43)}`)
      return void answer({ error: 'invalid_token' }, 401);
    if (request.url === '/notification') {
      issuer.notifications.push(JSON.parse(body) as JsonObject);
      return void response.writeHead(204).end();
    }
    if (request.url !== '/credential') return void answer({ error: 'not_found' }, 404);
    const asked = JSON.parse(body) as { credential_configuration_id: string; proofs: { jwt: string[] } };
    const credentials = asked.proofs.jwt.map((proof) => {
      const { header } = parseJws(proof);
      const claimed = jwsJsonPayload(parseJws(proof));
      if (claimed['aud'] !== url) throw new TypeError('another audience');
      const jwk = header['jwk'] as { x: string; y: string };
      const made = issue(asked.credential_configuration_id, { x: jwk.x, y: jwk.y });
      return { credential: issuer.spoil?.(made) ?? made };
    });
    answer({ credentials, notification_id: `of-${asked.credential_configuration_id}` });
  }

  const server = await new Promise<Server>((resolve) => {
    const listening = createServer((request, response) => void handle(request, response));
    listening.listen(port, 'localhost', () => resolve(listening));
  });
  return issuer;
}
