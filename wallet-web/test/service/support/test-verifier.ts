import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { encodeBase64url, signJws } from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  assembleCertificate,
  type CertificatePlan,
  certificateHash,
  createCertificateRequest,
  pointOfJwk,
  prepareCertificate,
} from '@lanyard/protocol/x509';
import { calculateJwkThumbprint, compactDecrypt, exportJWK, generateKeyPair as generateJoseKeys } from 'jose';
import type { TestIssuer } from '../../../../issuer/test/service/support/start-issuer.js';

type Pair = ReturnType<typeof generateKeyPair>;
export interface AskOptions {
  query?: object;
  prefix?: 'x509_san_dns' | 'x509_hash';
  mode?: 'direct_post.jwt' | 'direct_post';
  /** What the response endpoint says. */
  redirectUri?: string;
  answerStatus?: number;
  /** Over the payload of the request object. */
  payload?: object;
  /** Signs with a certificate of nobody's. */
  foreign?: boolean;
}
export interface Received {
  presentations: Record<string, string[]>;
  state: string;
  error?: string;
  header?: { alg?: string; enc?: string; kid?: string };
}
export interface Asked {
  link: string;
  query: string;
  nonce: string;
  clientId: string;
  id: string;
  responseUri: string;
  /** RFC 7638, of the key the answer is encrypted for. */
  thumbprint: Uint8Array;
}
export interface TestVerifier {
  url: string;
  ask(options?: AskOptions): Promise<Asked>;
  /** A request object of the certified verifier, of whatever it says. */
  sign(payload: object): string;
  received: Map<string, Received>;
  close(): Promise<void>;
}

export const VCT = 'urn:lanyard:student-id:1';
export const queryFor = (...claims: (string | object)[]) => ({
  credentials: [
    {
      id: 'id',
      format: 'dc+sd-jwt',
      meta: { vct_values: [VCT] },
      ...(claims.length === 0
        ? {}
        : { claims: claims.map((claim) => (typeof claim === 'string' ? { path: [claim] } : claim)) }),
    },
  ],
});

export const DOC_TYPE = 'org.lanyard.student-id.1';
export const mdocQueryFor = (...elements: string[]) => ({
  credentials: [
    {
      id: 'mdoc',
      format: 'mso_mdoc',
      meta: { doctype_value: DOC_TYPE },
      claims: elements.map((element) => ({ path: [DOC_TYPE, element] })),
    },
  ],
});

/**
 * A verifier of the tests: signed requests by reference under a certificate of the real issuer, the two direct post
 * modes, nothing checked.
 */
export async function startVerifier(port: number, walletUrl: string, issuer: TestIssuer): Promise<TestVerifier> {
  const url = `http://localhost:${port}`;
  const authority = await certifiedBy(issuer);
  const foreign = authorityOf('Nobody');
  const objects = new Map<string, string>();
  const received = new Map<string, Received>();
  const asked = new Map<string, { privateKey: CryptoKey; options: AskOptions }>();

  async function ask(options: AskOptions = {}) {
    const id = randomUUID();
    const signer = options.foreign ? foreign : authority;
    const clientId =
      options.prefix === 'x509_hash'
        ? `x509_hash:${certificateHash(signer.leaf, nodeCrypto.sha256)}`
        : 'x509_san_dns:localhost';
    const { publicKey, privateKey } = await generateJoseKeys('ECDH-ES', { crv: 'P-256' });
    const nonce = encodeBase64url(randomBytes(16));
    const nowSeconds = Math.floor(Date.now() / 1000);
    const payload = {
      client_id: clientId,
      aud: 'https://self-issued.me/v2',
      response_type: 'vp_token',
      response_mode: options.mode ?? 'direct_post.jwt',
      response_uri: `${url}/responses/${id}`,
      nonce,
      state: `state-${id}`,
      iat: nowSeconds,
      exp: nowSeconds + 300,
      dcql_query: options.query ?? queryFor('enrolment_status', 'level'),
      client_metadata: {
        vp_formats_supported: {
          'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] },
          mso_mdoc: { issuerauth_alg_values: [-7], deviceauth_alg_values: [-7] },
        },
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: id, use: 'enc', alg: 'ECDH-ES' }] },
        encrypted_response_enc_values_supported: ['A128GCM', 'A256GCM'],
      },
      lanyard_purpose: { zh: '在示例图书馆网站登录', en: 'Sign in to the example library' },
      ...options.payload,
    };
    const x5c = [signer.leaf, signer.root].map((der) => Buffer.from(der).toString('base64'));
    objects.set(id, signJws({ typ: 'oauth-authz-req+jwt', x5c }, payload, createSigner(signer.reader.privateKey)));
    asked.set(id, { privateKey: privateKey as CryptoKey, options });
    const query = new URLSearchParams({ client_id: clientId, request_uri: `${url}/requests/${id}` }).toString();
    const thumbprint = new Uint8Array(
      Buffer.from(await calculateJwkThumbprint(await exportJWK(publicKey)), 'base64url'),
    );
    const responseUri = `${url}/responses/${id}`;
    return { link: `${walletUrl}/present?${query}`, query, nonce, clientId, id, responseUri, thumbprint };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*');
    const [, kind, id = ''] = (request.url ?? '').split('/');
    const object = objects.get(id);
    if (kind === 'back') return void response.setHeader('Content-Type', 'text/html').end('<h1>back</h1>');
    if (object === undefined) return void response.writeHead(410).end('{}');
    if (kind === 'requests') {
      return void response.setHeader('Content-Type', 'application/oauth-authz-req+jwt').end(object);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.set(
      id,
      await readAnswer(new URLSearchParams(Buffer.concat(chunks).toString()), asked.get(id)?.privateKey),
    );
    objects.delete(id);
    const { answerStatus = 200, redirectUri } = asked.get(id)?.options ?? {};
    response.writeHead(answerStatus, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(redirectUri === undefined ? {} : { redirect_uri: redirectUri }));
  }

  const server = await new Promise<Server>((resolve) => {
    const listening = createServer((request, response) => void handle(request, response));
    listening.listen(port, 'localhost', () => resolve(listening));
  });
  return {
    url,
    ask,
    sign(payload) {
      const x5c = [authority.leaf, authority.root].map((der) => Buffer.from(der).toString('base64'));
      return signJws({ typ: 'oauth-authz-req+jwt', x5c }, payload, createSigner(authority.reader.privateKey));
    },
    received,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function readAnswer(form: URLSearchParams, privateKey: CryptoKey | undefined): Promise<Received> {
  const error = form.get('error') ?? undefined;
  if (error !== undefined) return { presentations: {}, state: form.get('state') ?? '', error };
  const jwe = form.get('response');
  if (jwe === null || privateKey === undefined) {
    return { presentations: JSON.parse(form.get('vp_token') ?? '{}') as never, state: form.get('state') ?? '' };
  }
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey);
  const { vp_token: presentations, state } = JSON.parse(new TextDecoder().decode(plaintext)) as never as {
    vp_token: Record<string, string[]>;
    state: string;
  };
  return { presentations, state, header: protectedHeader };
}

async function certifiedBy(issuer: TestIssuer) {
  const reader = generateKeyPair();
  const csr = createCertificateRequest(pointOfJwk(reader.jwk), createSigner(reader.privateKey));
  const { certificates } = await issuer.verifier.json<{ certificates: [string, string] }>('/v1/certificates', {
    method: 'POST',
    body: { csr: Buffer.from(csr).toString('base64'), use: 'request' },
  });
  const [leaf, root] = certificates.map((der) => new Uint8Array(Buffer.from(der, 'base64')));
  return { reader, leaf: leaf!, root: root! };
}

export function authorityOf(name: string) {
  const [ca, reader] = [generateKeyPair(), generateKeyPair()];
  const nowSeconds = Math.floor(Date.now() / 1000);
  const make = (key: Pair, rest: Pick<CertificatePlan, 'subject' | 'profile'>) => {
    const serial = randomBytes(16);
    serial[0] = 1;
    const prepared = prepareCertificate(
      {
        ...rest,
        serial,
        issuer: { commonName: name },
        publicPoint: pointOfJwk(key.jwk),
        issuerPoint: pointOfJwk(ca.jwk),
        notBeforeSeconds: nowSeconds - 60,
        notAfterSeconds: nowSeconds + 86_400,
      },
      nodeCrypto,
    );
    return assembleCertificate(prepared, createSigner(ca.privateKey)(prepared.toBeSigned));
  };
  return {
    reader,
    root: make(ca, { subject: { commonName: name }, profile: { kind: 'ca' } }),
    leaf: make(reader, {
      subject: { commonName: 'localhost', organization: name },
      profile: { kind: 'leaf', dnsName: 'localhost' },
    }),
  };
}
