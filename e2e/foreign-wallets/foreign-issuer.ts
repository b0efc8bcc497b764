import { createHash, createPublicKey, randomBytes, sign as signWith } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  authorizationCodeGrantIdentifier,
  type CallbackContext,
  type HttpMethod,
  type Jwk,
  Oauth2AuthorizationServer,
  Oauth2ResourceServer,
  preAuthorizedCodeGrantIdentifier,
  setGlobalConfig,
} from '@openid4vc/oauth2';
import { type IssuerMetadataResult, Openid4vciIssuer, Openid4vciVersion } from '@openid4vc/openid4vci';
import { CoseKey, DeviceKey, Issuer, SignatureAlgorithm } from '@owf/mdoc';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { compactVerify, importJWK, importPKCS8, SignJWT } from 'jose';
import { makeChain } from './chain.js';

// It lies on loopback here.
setGlobalConfig({ allowInsecureUrls: true });

const VCT = 'urn:example:museum-pass:1';
const DOC_TYPE = 'org.example.museum-pass.1';
const LIFE_SECONDS = 86_400;
const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());
const proofs = { jwt: { proof_signing_alg_values_supported: ['ES256'] } };
const named = (zh: string, en: string) => [
  { name: zh, locale: 'zh-CN' },
  { name: en, locale: 'en' },
];

/** A request that was pushed, until its code is redeemed. */
interface Pushed {
  readonly redirectUri: string;
  readonly state: string;
  readonly challenge: string;
}

/**
 * An issuer of other people's libraries: pre-authorized code with a transaction code, authorization code with a pushed
 * request and PKCE, DPoP, both formats.
 */
export async function startForeignIssuer() {
  const { chain, key } = makeChain('Foreign museum');
  const publicJwk = createPublicKey(key).export({ format: 'jwk' }) as Jwk;
  const pem = String(key.export({ type: 'pkcs8', format: 'pem' }));
  const sign = (data: Uint8Array) => new Uint8Array(signWith('sha256', data, { key, dsaEncoding: 'ieee-p1363' }));
  const callbacks: Omit<CallbackContext, 'decryptJwe' | 'encryptJwe'> = {
    fetch,
    hash: (data, alg) => new Uint8Array(createHash(alg.replace('-', '')).update(data).digest()),
    generateRandom: (length) => new Uint8Array(randomBytes(length)),
    clientAuthentication: () => undefined,
    async signJwt(_signer, { header, payload }) {
      const jwt = await new SignJWT(payload as never)
        .setProtectedHeader(header as never)
        .sign(await importPKCS8(pem, 'ES256'));
      return { jwt, signerJwk: publicJwk };
    },
    async verifyJwt(signer, { compact }) {
      if (signer.method !== 'jwk') return { verified: false };
      await compactVerify(compact, await importJWK(signer.publicJwk as never, 'ES256'));
      return { verified: true, signerJwk: signer.publicJwk };
    },
  };
  const issuer = new Openid4vciIssuer({ callbacks });
  const authorizationServer = new Oauth2AuthorizationServer({ callbacks });
  const resourceServer = new Oauth2ResourceServer({ callbacks });
  const offers = new Map<string, string>();
  const invitations = new Set<string>();
  const pushed = new Map<string, Pushed>();
  const codes = new Map<string, Pushed>();
  const nonces = new Set<string>();
  const notified: Record<string, unknown>[] = [];

  const server = createServer((request, response) => {
    const refuse = (error: Error) => {
      const refusal = (error as { errorResponse?: object }).errorResponse;
      send(response, 400, refusal ?? { error: 'invalid_request', error_description: error.message });
    };
    handle(request, response).catch(refuse);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const url = `http://localhost:${(server.address() as { port: number }).port}`;
  const credentialIssuer = issuer.createCredentialIssuerMetadata({
    credential_issuer: url,
    credential_endpoint: `${url}/credential`,
    nonce_endpoint: `${url}/nonce`,
    notification_endpoint: `${url}/notification`,
    batch_credential_issuance: { batch_size: 2 },
    display: named('示例博物馆', 'Example museum'),
    credential_configurations_supported: {
      'pass-sd-jwt': {
        ...{ format: 'dc+sd-jwt', vct: VCT, proof_types_supported: proofs },
        cryptographic_binding_methods_supported: ['jwk'],
        credential_metadata: { display: named('示例博物馆通行证', 'Example museum pass') },
      },
      'pass-mdoc': {
        ...{ format: 'mso_mdoc', doctype: DOC_TYPE, proof_types_supported: proofs },
        cryptographic_binding_methods_supported: ['cose_key'],
        credential_metadata: { display: named('示例博物馆通行证', 'Example museum pass') },
      },
    },
  } as never);
  const authorization = authorizationServer.createAuthorizationServerMetadata({
    issuer: url,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/jwks`,
    authorization_endpoint: `${url}/authorize`,
    pushed_authorization_request_endpoint: `${url}/par`,
    require_pushed_authorization_requests: true,
    authorization_response_iss_parameter_supported: true,
    code_challenge_methods_supported: ['S256'] as never,
    response_types_supported: ['code'] as never,
    grant_types_supported: [preAuthorizedCodeGrantIdentifier, authorizationCodeGrantIdentifier],
    dpop_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['none'],
  });
  const issuerMetadata = {
    originalDraftVersion: Openid4vciVersion.V1,
    credentialIssuer,
    authorizationServers: [authorization],
    knownCredentialConfigurations: credentialIssuer.credential_configurations_supported,
  } as never as IssuerMetadataResult;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, DPoP');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const asked = {
      headers: new Headers(request.headers as Record<string, string>) as never,
      method: request.method as HttpMethod,
      url: `${url}${request.url}`,
    };
    if (request.url === '/.well-known/openid-credential-issuer') return send(response, 200, credentialIssuer);
    if (request.url === '/.well-known/oauth-authorization-server') return send(response, 200, authorization);
    // Its library fetches the key of access tokens from here, itself.
    if (request.url === '/jwks') return send(response, 200, { keys: [publicJwk] });
    if (request.url === '/nonce') {
      const nonce = randomBytes(24).toString('base64url');
      nonces.add(nonce);
      return send(response, 200, { c_nonce: nonce });
    }
    if (request.url === '/par') return send(response, 201, await keepRequest(asked, new URLSearchParams(body)));
    if (request.url?.startsWith('/authorize?') === true) return showQuestion(new URL(asked.url), response);
    if (request.url === '/token')
      return send(response, 200, await giveToken(asked, Object.fromEntries(new URLSearchParams(body))));
    await resourceServer.verifyResourceRequest({
      ...{ request: asked, resourceServer: url, authorizationServers: [authorization] },
      allowedAuthenticationSchemes: ['DPoP'] as never,
    });
    if (request.url === '/credential') return send(response, 200, await giveCredentials(JSON.parse(body)));
    notified.push(JSON.parse(body) as Record<string, unknown>);
    response.writeHead(204).end();
  }

  /** A pushed request (RFC 9126) for one of the offers that invite to sign in. */
  async function keepRequest(request: never | object, fields: URLSearchParams): Promise<object> {
    const { authorizationRequest } = await authorizationServer.parsePushedAuthorizationRequest({
      ...{ request: request as never, authorizationRequest: Object.fromEntries(fields) },
    });
    const { redirect_uri: redirectUri, state, code_challenge: challenge, issuer_state: invited } = authorizationRequest;
    if (!invitations.delete(String(invited))) throw new Error('not invited');
    if (redirectUri === undefined || state === undefined || challenge === undefined) throw new Error('incomplete');
    const requestUri = `urn:ietf:params:oauth:request_uri:${randomBytes(16).toString('base64url')}`;
    pushed.set(requestUri, { redirectUri, state, challenge });
    return authorizationServer.createPushedAuthorizationResponse({ requestUri, expiresInSeconds: 60 })
      .pushedAuthorizationResponse;
  }

  /** Its own page, where the person agrees or not. */
  function showQuestion(address: URL, response: ServerResponse): void {
    const asked = pushed.get(address.searchParams.get('request_uri') ?? '');
    if (asked === undefined) throw new Error('a request of nobody');
    const way = (name: string, answer: Record<string, string>) => {
      const back = new URL(asked.redirectUri);
      for (const [key, value] of Object.entries({ ...answer, state: asked.state, iss: url }))
        back.searchParams.set(key, value);
      return `<a id="${name}" href="${back.href.replaceAll('&', '&amp;')}">${name}</a>`;
    };
    const code = randomBytes(24).toString('base64url');
    codes.set(code, asked);
    const page = `<!doctype html><title>Museum</title>${way('agree', { code })} ${way('refuse', { error: 'access_denied' })}`;
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
  }

  async function giveToken(request: never | object, accessTokenRequest: Record<string, string>): Promise<object> {
    const parsed = authorizationServer.parseAccessTokenRequest({ request: request as never, accessTokenRequest });
    const { grant } = parsed;
    const common = {
      ...{ request: request as never, accessTokenRequest: parsed.accessTokenRequest },
      authorizationServerMetadata: authorization,
      dpop: { required: true, ...parsed.dpop, allowedSigningAlgs: ['ES256'] },
    };
    let verified: { dpop?: { jwk: Jwk } };
    let known: boolean;
    if (grant.grantType === preAuthorizedCodeGrantIdentifier) {
      const code = grant.preAuthorizedCode;
      const expectedTxCode = offers.get(code) ?? 'none';
      verified = await authorizationServer.verifyPreAuthorizedCodeAccessTokenRequest({
        ...{ ...common, grant, expectedPreAuthorizedCode: code, expectedTxCode },
      });
      known = offers.delete(code);
    } else if (grant.grantType === authorizationCodeGrantIdentifier) {
      const asked = codes.get(grant.code);
      if (parsed.accessTokenRequest['redirect_uri'] !== asked?.redirectUri) throw new Error('another redirect');
      const pkce = { codeVerifier: parsed.pkceCodeVerifier ?? '', codeChallenge: asked?.challenge ?? '' };
      verified = await authorizationServer.verifyAuthorizationCodeAccessTokenRequest({
        ...{ ...common, grant, expectedCode: grant.code },
        pkce: { ...pkce, codeChallengeMethod: 'S256' as never },
      });
      known = codes.delete(grant.code);
    } else throw new Error('another grant');
    if (!known || verified.dpop === undefined) throw new Error('used, or without DPoP');
    return authorizationServer.createAccessTokenResponse({
      ...{ audience: url, authorizationServer: url, subject: 'visitor', expiresInSeconds: 300 },
      signer: { method: 'jwk', publicJwk, alg: 'ES256' },
      dpop: { jwk: verified.dpop.jwk },
      ...{ tokenType: 'DPoP', refreshToken: false },
    } as never);
  }

  async function giveCredentials(credentialRequest: Record<string, unknown>): Promise<object> {
    const parsed = issuer.parseCredentialRequest({ issuerMetadata, credentialRequest });
    const credentials: { credential: string }[] = [];
    for (const jwt of (parsed.proofs as { jwt?: string[] } | undefined)?.jwt ?? []) {
      const nonce = (JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { nonce?: string })
        .nonce;
      if (nonce === undefined || !nonces.has(nonce)) throw new Error('a nonce of nobody');
      const { signer } = await issuer.verifyCredentialRequestJwtProof({ issuerMetadata, jwt, expectedNonce: nonce });
      const mdoc = parsed.credentialConfigurationId === 'pass-mdoc';
      const jwk = signer.publicJwk;
      credentials.push({ credential: await (mdoc ? issueMdoc(jwk) : issueSdJwt(jwk)) });
    }
    const notificationId = `of-${parsed.credentialConfigurationId}`;
    return issuer.createCredentialResponse({ credentialRequest: parsed, credentials, notificationId } as never);
  }

  async function issueSdJwt(jwk: Jwk): Promise<string> {
    const instance = new SDJwtVcInstance({
      signer: (data: string) => Buffer.from(sign(Buffer.from(data))).toString('base64url'),
      ...{ signAlg: 'ES256', hashAlg: 'sha-256', saltGenerator: () => randomBytes(16).toString('base64url') },
      hasher: (data: string | ArrayBuffer) =>
        sha256(typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data)),
    } as never);
    const nowSeconds = Math.floor(Date.now() / 1000);
    const { kty, crv, x, y } = jwk;
    return instance.issue(
      {
        ...{ iss: url, vct: VCT, iat: nowSeconds, exp: nowSeconds + LIFE_SECONDS },
        ...{ cnf: { jwk: { kty, crv, x, y } }, visitor_number: 'V-1', wing: 'A' },
      } as never,
      { _sd: ['visitor_number', 'wing'] } as never,
      { header: { x5c: chain } } as never,
    );
  }

  async function issueMdoc(jwk: Jwk): Promise<string> {
    const { kty, crv, x, y } = jwk;
    const builder = new Issuer(DOC_TYPE, {
      crypto: {
        // The library makes digest identifiers of 32 bits where ISO/IEC 18013-5 §9.1.2.5 has them below 2^31.
        random: (length: number) => new Uint8Array(randomBytes(length)).map((byte) => byte & 0x7f),
        digest: ({ bytes }: { bytes: Uint8Array }) => sha256(bytes),
      },
      cose: { sign1: { sign: ({ toBeSigned }: { toBeSigned: Uint8Array }) => sign(toBeSigned) } },
    } as never);
    builder.addIssuerNamespace(DOC_TYPE, { visitor_number: 'V-1', wing: 'A' });
    const now = Date.now();
    const issued = await builder.sign({
      signingKey: CoseKey.fromJwk({ ...(key.export({ format: 'jwk' }) as object), alg: 'ES256' } as never),
      ...{ algorithm: SignatureAlgorithm.ES256, digestAlgorithm: 'SHA-256' },
      validityInfo: {
        ...{ signed: new Date(now - 60_000), validFrom: new Date(now - 60_000) },
        validUntil: new Date(now + LIFE_SECONDS * 1000),
      },
      deviceKeyInfo: { deviceKey: DeviceKey.fromJwk({ kty, crv, x, y }) as DeviceKey },
      certificates: chain.map((one) => new Uint8Array(Buffer.from(one, 'base64'))),
    });
    return issued.encodedForOid4Vci;
  }

  return {
    url,
    notified,
    /** An offer by value and the transaction code that goes another way. */
    async offer(...credentialConfigurationIds: string[]) {
      const code = randomBytes(24).toString('base64url');
      const txCode = String(100_000 + (randomBytes(4).readUInt32BE() % 900_000));
      offers.set(code, txCode);
      const { credentialOffer } = await issuer.createCredentialOffer({
        ...{ issuerMetadata, credentialConfigurationIds },
        grants: {
          [preAuthorizedCodeGrantIdentifier]: {
            'pre-authorized_code': code,
            tx_code: { input_mode: 'numeric', length: 6 },
          },
        },
      });
      return { link: credentialOffer, txCode };
    },
    /** An offer whose receiver signs in here. */
    async invite(...credentialConfigurationIds: string[]) {
      const issuerState = randomBytes(16).toString('base64url');
      invitations.add(issuerState);
      const { credentialOffer } = await issuer.createCredentialOffer({
        ...{ issuerMetadata, credentialConfigurationIds },
        grants: { authorization_code: { issuer_state: issuerState } },
      });
      return credentialOffer;
    },
    close: () => server.close(),
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
