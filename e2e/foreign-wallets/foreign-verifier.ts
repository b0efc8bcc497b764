import { createHash, createPublicKey, type KeyObject, randomBytes, verify, X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { type CallbackContext, type Jwk, setGlobalConfig } from '@openid4vc/oauth2';
import { calculateX509HashClientIdPrefixValue, Openid4vpVerifier } from '@openid4vc/openid4vp';
import { CoseKey, type MdocContext, SessionTranscript, Verifier } from '@owf/mdoc';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { compactDecrypt, importPKCS8, SignJWT } from 'jose';
import { makeChain } from './chain.js';

// It lies on loopback here.
setGlobalConfig({ allowInsecureUrls: true });

export interface ForeignAnswer {
  claims: Record<string, unknown>;
}

const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());
const DOC_TYPE = 'org.lanyard.student-id.1';

/** A verifier of other people's libraries on a port of its own, certified by a root it publishes as issuers do. */
export async function startForeignVerifier(issuer: { url: string }) {
  const { chain, key, root } = makeChain('Foreign museum');
  const encryption = generateKeyPair();
  const encryptionJwk = { ...encryption.publicKey.export({ format: 'jwk' }), kid: 'e', alg: 'ECDH-ES', use: 'enc' };
  const pem = String(key.export({ type: 'pkcs8', format: 'pem' }));
  const callbacks: Omit<CallbackContext, 'generateRandom' | 'clientAuthentication'> = {
    hash: (data, alg) => new Uint8Array(createHash(alg.replace('-', '')).update(data).digest()),
    async signJwt(signer, { header, payload }) {
      const jwt = await new SignJWT(payload as never)
        .setProtectedHeader(header as never)
        .sign(await importPKCS8(pem, 'ES256'));
      if (signer.method !== 'x5c') throw new Error('signs by its certificate only');
      return { jwt, signerJwk: createPublicKey(key).export({ format: 'jwk' }) as Jwk };
    },
    verifyJwt: () => ({ verified: false }),
    async decryptJwe(jwe) {
      const { plaintext } = await compactDecrypt(jwe, encryption.privateKey as never);
      return {
        decrypted: true,
        payload: new TextDecoder().decode(plaintext),
        decryptionJwk: encryptionJwk as never,
      };
    },
    encryptJwe: () => Promise.reject(new Error('not needed')),
  };
  const verifier = new Openid4vpVerifier({ callbacks });
  const requests = new Map<string, string>();
  const waiting = new Map<string, (form: Record<string, string>) => Promise<object>>();

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const send = (status: number, body: string, type = 'application/json') =>
      response.writeHead(status, { 'Content-Type': type }).end(body);
    if (path === '/v1/anchors') return send(200, JSON.stringify({ reader: [root.toString('base64')] }));
    const jwt = requests.get(path);
    if (jwt !== undefined) return send(200, jwt, 'application/oauth-authz-req+jwt');
    const take = waiting.get(path);
    if (take === undefined) return send(404, '{}');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      take(Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')))).then(
        (answer) => send(200, JSON.stringify(answer)),
        (error: Error) => send(400, JSON.stringify({ error: 'invalid_request', error_description: error.message })),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as { port: number };
  const url = `http://localhost:${port}`;

  return {
    url,
    /** A request of its own making; `answer` comes when a wallet has answered and everything in it held. */
    async ask(query: object, options: { responseMode: string; prefix: string }) {
      const id = randomBytes(8).toString('hex');
      const clientId =
        options.prefix === 'x509_san_dns'
          ? 'x509_san_dns:localhost'
          : `x509_hash:${await calculateX509HashClientIdPrefixValue({ x509Certificate: chain[0] ?? '', hash: callbacks.hash })}`;
      const encrypted = options.responseMode === 'direct_post.jwt';
      const payload = {
        response_type: 'vp_token',
        response_mode: options.responseMode,
        client_id: clientId,
        nonce: randomBytes(24).toString('base64url'),
        state: randomBytes(24).toString('base64url'),
        response_uri: `${url}/answers/${id}`,
        aud: 'https://self-issued.me/v2',
        dcql_query: { credentials: [query] },
        client_metadata: {
          client_name: 'Foreign museum',
          vp_formats_supported: {
            'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] },
            mso_mdoc: { issuerauth_alg_values: [-7], deviceauth_alg_values: [-7] },
          },
          ...(encrypted
            ? {
                jwks: { keys: [encryptionJwk] },
                encrypted_response_enc_values_supported: ['A128GCM', 'A256GCM'],
              }
            : {}),
        },
      };
      const created = await verifier.createOpenId4vpAuthorizationRequest({
        authorizationRequestPayload: payload as never,
        jar: {
          requestUri: `${url}/requests/${id}`,
          jwtSigner: { method: 'x5c', x5c: chain, alg: 'ES256' },
          expiresInSeconds: 300,
        },
      });
      requests.set(`/requests/${id}`, String(created.jar?.authorizationRequestJwt));
      const answer = new Promise<ForeignAnswer>((resolve, reject) => {
        waiting.set(`/answers/${id}`, async (form) => {
          try {
            const parsed = await verifier.parseOpenid4vpAuthorizationResponse({
              authorizationResponse: form,
              authorizationRequestPayload: payload as never,
              callbacks,
            });
            const { vp_token: sent } = parsed.authorizationResponsePayload as never as {
              vp_token: string | Record<string, string[]>;
            };
            const token = typeof sent === 'string' ? (JSON.parse(sent) as Record<string, string[]>) : sent;
            const [presentation = ''] = Object.values(token)[0] ?? [];
            resolve({ claims: await readPresentation(presentation, payload) });
            return {};
          } catch (error) {
            reject(error);
            throw error;
          }
        });
      });
      // Whoever asked may look later.
      answer.catch(() => undefined);
      return { link: created.authorizationRequest, answer };
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };

  function readPresentation(
    presentation: string,
    request: { client_id: string; nonce: string; response_uri: string; response_mode: string },
  ): Promise<Record<string, unknown>> {
    return presentation.includes('~') ? readSdJwt(presentation, request) : readMdoc(presentation, request);
  }

  async function readSdJwt(presentation: string, request: { client_id: string; nonce: string }) {
    const keys = (await (await fetch(`${issuer.url}/.well-known/jwt-vc-issuer`)).json()) as { jwks: { keys: Jwk[] } };
    const { kid } = JSON.parse(Buffer.from(presentation.split('.')[0] ?? '', 'base64url').toString()) as {
      kid: string;
    };
    const issuerKey = createPublicKey({ key: keys.jwks.keys.find((one) => one.kid === kid) as never, format: 'jwk' });
    const check = (with_: KeyObject) => (data: string, signature: string) =>
      verify(
        'sha256',
        Buffer.from(data),
        { key: with_, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      );
    const instance = new SDJwtVcInstance({
      verifier: check(issuerKey),
      kbVerifier: (data: string, signature: string, payload: { cnf?: { jwk?: Jwk } }) =>
        check(createPublicKey({ key: payload.cnf?.jwk as never, format: 'jwk' }))(data, signature),
      hasher: (data: string | ArrayBuffer) =>
        sha256(typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data)),
      hashAlg: 'sha-256',
      // The list names its signer as the credential does: any key the issuer publishes for signing may be it.
      statusVerifier: (data: string, signature: string) =>
        keys.jwks.keys.some((one) => check(createPublicKey({ key: one as never, format: 'jwk' }))(data, signature)),
      statusListFetcher: async (uri: string) =>
        (await fetch(uri, { headers: { Accept: 'application/statuslist+jwt' } })).text(),
      statusValidator: async (status: number) => {
        if (status !== 0) throw new Error('status');
      },
    } as never);
    const verified = await instance.verify(presentation, { keyBindingNonce: request.nonce } as never);
    const audience = (verified.kb?.payload as { aud?: string } | undefined)?.aud;
    if (audience !== request.client_id) throw new Error('another audience');
    return verified.payload as Record<string, unknown>;
  }

  async function readMdoc(
    presentation: string,
    request: { client_id: string; nonce: string; response_uri: string; response_mode: string },
  ) {
    const { issuer: anchors } = (await (await fetch(`${issuer.url}/v1/anchors`)).json()) as { issuer: string[] };
    const context = mdocContext();
    const deviceResponse = new Uint8Array(Buffer.from(presentation, 'base64url'));
    const sessionTranscript = await SessionTranscript.forOid4Vp(
      {
        clientId: request.client_id,
        responseUri: request.response_uri,
        nonce: request.nonce,
        ...(request.response_mode === 'direct_post.jwt' ? { jwkThumbprint: thumbprintOf(encryptionJwk as never) } : {}),
      },
      context,
    );
    await Verifier.verifyDeviceResponse(
      {
        deviceResponse,
        sessionTranscript,
        trustedCertificates: anchors.map((one) => new Uint8Array(Buffer.from(one, 'base64'))),
      },
      context,
    );
    const { DeviceResponse } = await import('@owf/mdoc');
    const [document] = DeviceResponse.decode(deviceResponse).documents ?? [];
    return document?.issuerSigned.getPrettyClaims(DOC_TYPE) as Record<string, unknown>;
  }
}

function thumbprintOf({ crv, kty, x, y }: Jwk): Uint8Array {
  return sha256(new TextEncoder().encode(JSON.stringify({ crv, kty, x, y })));
}

/** What @owf/mdoc asks of its caller, over Node's own cryptography; the chain is one leaf under a trusted root. */
function mdocContext(): MdocContext {
  const none = () => Promise.reject(new Error('not needed by a verifier'));
  const certificate = (der: Uint8Array) => new X509Certificate(der);
  return {
    crypto: {
      random: (length: number) => new Uint8Array(randomBytes(length)),
      digest: ({ bytes }: { bytes: Uint8Array }) => sha256(bytes),
      calculateEphemeralMacKey: none,
    },
    cose: {
      sign1: {
        sign: none,
        verify: ({ key, sign1 }: { key: CoseKey; sign1: { toBeSigned: Uint8Array; signature: Uint8Array } }) =>
          verify(
            'sha256',
            sign1.toBeSigned,
            { key: createPublicKey({ key: key.jwk as never, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
            sign1.signature,
          ),
      },
      mac0: { sign: none, verify: () => false },
    },
    x509: {
      getIssuerNameField: ({ certificate: der, field }: { certificate: Uint8Array; field: string }) =>
        certificate(der)
          .issuer.split('\n')
          .filter((line) => line.startsWith(`${field}=`))
          .map((line) => line.slice(field.length + 1)),
      getPublicKey: ({ certificate: der }: { certificate: Uint8Array }) =>
        CoseKey.fromJwk({ ...certificate(der).publicKey.export({ format: 'jwk' }), alg: 'ES256' } as never),
      verifyCertificateChain: ({
        x5chain,
        trustedCertificates,
      }: {
        x5chain: Uint8Array[];
        trustedCertificates: Uint8Array[];
      }) => {
        const [leaf] = x5chain;
        const held = trustedCertificates.some(
          (der) => leaf !== undefined && certificate(leaf).verify(certificate(der).publicKey),
        );
        if (!held) throw new Error('no chain to a trusted root');
      },
      getCertificateData: ({ certificate: der }: { certificate: Uint8Array }) => {
        const one = certificate(der);
        return {
          issuerName: one.issuer,
          subjectName: one.subject,
          serialNumber: one.serialNumber,
          thumbprint: one.fingerprint256,
          notBefore: new Date(one.validFrom),
          notAfter: new Date(one.validTo),
          pem: one.toString(),
        };
      },
    },
  } as never;
}
