import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, openClientKey, openSealedStore, systemClock } from '@lanyard/platform';
import { startCampus, type TestCampus } from '../../../../campus/test/service/support/start-campus.js';
import { type IdpUnderTest, startIdp } from '../../../../idp/test/service/support/idp-under-test.js';
import { OPERATOR_TOKEN, startIssuer, type TestIssuer } from '../../../../issuer/test/service/support/start-issuer.js';
import { createAdminApp } from '../../../src/app.js';
import { zAdminConfig } from '../../../src/config.js';
import { type StandInVerifier, startStandInVerifier } from './stand-in-verifier.js';

export interface TestConsole {
  url: string;
  issuer: TestIssuer;
  verifier: StandInVerifier;
  /** Only where it was asked for. */
  idp: IdpUnderTest | undefined;
  campus: TestCampus | undefined;
  /** Where services find the public half of the console's key. */
  callersFolder: string;
  /** What the console logged. */
  lines: string[];
  /** A one-time sign-in link. */
  makeLink(): Promise<string>;
  /** A call with the cookie of a new session, from the console's own origin unless said otherwise. */
  signIn(): Promise<(path: string, init?: RequestInit & { origin?: string | null }) => Promise<Response>>;
  close(): Promise<void>;
}

export const ROSTERS = new URL('../../../../testdata/rosters/', import.meta.url).pathname;
export const readRoster = (name: string): Buffer => readFileSync(join(ROSTERS, name));

/**
 * The console on `port` in front of a real issuer, a stand-in for the verifier on `port + 1` or the real one at
 * `verifierUrl`, and a real identity layer and real modules if asked.
 */
export async function startConsole(
  port: number,
  options: {
    withIdp?: boolean;
    withCampus?: boolean | Parameters<typeof startCampus>[0];
    verifierUrl?: string;
    agentUrl?: string;
  } = {},
): Promise<TestConsole> {
  const issuer = await startIssuer();
  const verifier = await startStandInVerifier(port + 1);
  const { withCampus } = options;
  const campus = withCampus ? await startCampus({ issuer, ...(withCampus === true ? {} : withCampus) }) : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-admin-'));
  const digest = join(folder, 'digest');
  writeFileSync(digest, createHash('sha256').update(OPERATOR_TOKEN).digest('hex'));
  const url = `http://localhost:${port}`;
  const idp = options.withIdp
    ? await startIdp({ LANYARD_CALLERS: issuer.callersFolder, LANYARD_PUBLIC_URL_ADMIN: url })
    : undefined;
  const config = zAdminConfig.parse({
    LANYARD_PORT: String(port),
    LANYARD_STORE: join(folder, 'store'),
    LANYARD_KEY_FILE: join(folder, 'key'),
    LANYARD_OPERATOR_TOKEN_DIGEST_FILE: digest,
    LANYARD_CALLERS: issuer.callersFolder,
    LANYARD_UNIVERSITY_NAME: '示例大学',
    LANYARD_PUBLIC_URL_ADMIN: url,
    LANYARD_PUBLIC_URL_ISSUER: issuer.url,
    LANYARD_PUBLIC_URL_VERIFIER: options.verifierUrl ?? verifier.url,
    ...(idp === undefined ? {} : { LANYARD_PUBLIC_URL_IDP: idp.url }),
    ...(campus === undefined ? {} : { LANYARD_PUBLIC_URL_CAMPUS: campus.url }),
    ...(options.agentUrl === undefined ? {} : { LANYARD_PUBLIC_URL_READER_AGENT: options.agentUrl }),
  });
  const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
  const { sign } = openClientKey(store, { name: 'admin', callersFolder: config.LANYARD_CALLERS });
  const pages = new URL('../../../dist-web', import.meta.url).pathname;
  const lines: string[] = [];
  const log = createLogger('admin', (line) => void lines.push(line), systemClock.nowMs);
  const app = createAdminApp({ config, store, sign, pages, clock: systemClock, log });
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(port, 'localhost', () => resolve(listening));
  });

  async function makeLink(): Promise<string> {
    const response = await fetch(`${url}/v1/operator-links`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR_TOKEN}` },
    });
    return ((await response.json()) as { url: string }).url;
  }
  return {
    url,
    issuer,
    verifier,
    idp,
    campus,
    callersFolder: issuer.callersFolder,
    lines,
    makeLink,
    signIn: async () => {
      const opened = await fetch(`${url}/api/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: url },
        body: JSON.stringify({ code: (await makeLink()).split('code=')[1] }),
      });
      const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
      return (path, init = {}) => {
        const { origin = url, ...rest } = init;
        const headers = new Headers(rest.headers);
        headers.set('Cookie', cookie);
        if (origin !== null) headers.set('Origin', origin);
        return fetch(new URL(path, url), { ...rest, headers });
      };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await idp?.close();
      await campus?.close();
      await verifier.close();
      await issuer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
