import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openBrowser } from '../../../../idp/test/service/support/browser.js';
import { type IdpUnderTest, startIdp } from '../../../../idp/test/service/support/idp-under-test.js';
import { signInThrough } from '../../../../idp/test/service/support/oidc-client.js';
import { freePort } from '../../../../packages/platform/test/support/free-port.js';
import { dpopProof, generateKeyPair } from './software-wallet.js';
import { startIssuer, type TestIssuer } from './start-issuer.js';

export const WALLET = 'http://localhost:3';
export const CALLBACK = `${WALLET}/issue/callback`;
const roster = readFileSync(new URL('../../../../testdata/rosters/roster-clean.csv', import.meta.url));

export interface TwoServers {
  issuer: TestIssuer;
  idp: IdpUnderTest;
  /** Account of a student of the roster, by number. */
  student(number: string): Promise<string>;
  close(): Promise<void>;
}

/** Issuer and identity layer as they run beside each other, each with its own database. */
export async function startTwoServers(environment: Record<string, string> = {}): Promise<TwoServers> {
  const callersFolder = mkdtempSync(join(tmpdir(), 'lanyard-callers-'));
  const port = await freePort();
  const idp = await startIdp({
    LANYARD_PUBLIC_URL_ISSUER: `http://localhost:${port}`,
    LANYARD_CALLERS: callersFolder,
  });
  const issuer = await startIssuer(WALLET, {
    port,
    callersFolder,
    environment: { LANYARD_PUBLIC_URL_IDP: idp.url, ...environment },
  });
  const imported = await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  expect(imported.status).toBe(201);
  const accounts = new Map<string, string>();
  return {
    issuer,
    idp,
    async student(number) {
      const known = accounts.get(number) ?? (await idp.addAccount({ number }));
      accounts.set(number, known);
      return known;
    },
    async close() {
      await issuer.close();
      await idp.close();
      rmSync(callersFolder, { recursive: true, force: true });
    },
  };
}

export interface AuthorizationAnswer {
  access_token: string;
  token_type: string;
  expires_in: number;
  scope?: string;
  refresh_token?: string;
  id_token?: string;
  authorization_details?: { credential_configuration_id: string; credential_identifiers: string[] }[];
}

/** The wallet's half of the authorization code flow: PAR, PKCE, DPoP; the person signs in through the tests' door. */
export function createWalletClient(servers: TwoServers, clientId = 'lanyard-wallet', redirectUri = CALLBACK) {
  const dpop = generateKeyPair();
  const { idp } = servers;
  const verifier = randomBytes(32).toString('base64url');
  const form = (path: string, fields: Record<string, string>, proof: string | undefined) =>
    fetch(`${idp.url}${path}`, {
      method: 'POST',
      headers: { Origin: 'https://wallet.example', ...(proof === undefined ? {} : { DPoP: proof }) },
      body: new URLSearchParams({ client_id: clientId, ...fields }),
    });
  const client = {
    dpop,
    /** A pushed authorization request. */
    push: (parameters: Record<string, string>) =>
      form(
        '/request',
        {
          response_type: 'code',
          redirect_uri: redirectUri,
          state: 'of-the-wallet',
          code_challenge: createHash('sha256').update(verifier).digest('base64url'),
          code_challenge_method: 'S256',
          ...parameters,
        },
        undefined,
      ),
    /** Where the browser ends after the person signed in. */
    async signIn(parameters: Record<string, string>, account: string, level = 'device-passkey'): Promise<URL> {
      const pushed = await client.push(parameters);
      expect(pushed.status, await pushed.clone().text()).toBe(201);
      const { request_uri } = (await pushed.json()) as { request_uri: string };
      const start = `${idp.url}/auth?${new URLSearchParams({ client_id: clientId, request_uri })}`;
      const end = await signInThrough(openBrowser(), idp.url, start, { account, level });
      return new URL(end.location ?? 'none:');
    },
    redeem: (code: string, more: Record<string, string> = {}, proved = true) =>
      form(
        '/token',
        { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri, ...more },
        proved ? dpopProof(dpop, 'POST', `${idp.url}/token`) : undefined,
      ),
    /** The whole way to an access token. */
    async authorize(parameters: Record<string, string>, account: string): Promise<AuthorizationAnswer> {
      const back = await client.signIn(parameters, account);
      expect(back.origin + back.pathname, back.href).toBe(redirectUri);
      expect(back.searchParams.get('iss')).toBe(idp.url);
      const answer = await client.redeem(back.searchParams.get('code') ?? '');
      expect(answer.status, await answer.clone().text()).toBe(200);
      return (await answer.json()) as AuthorizationAnswer;
    },
  };
  return client;
}
export type WalletClient = ReturnType<typeof createWalletClient>;
