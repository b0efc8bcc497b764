import { readFileSync, writeFileSync } from 'node:fs';
import { createServiceClient, type ServiceClient, systemClock } from '@lanyard/platform';
import {
  assembleGateCode,
  decodeBase64url,
  gateCodeSecrets,
  keyDay,
  linkKeyOfDay,
  prepareGateCode,
} from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeCrypto, nodeRandomBytes } from '@lanyard/protocol/node-crypto';
import { codeOf, createSoftwareWallet, type Tokens } from '../../../../issuer/test/service/support/software-wallet.js';
import { startIssuer, type TestIssuer } from '../../../../issuer/test/service/support/start-issuer.js';
import { entryHash } from '../../../src/domain/passages/check-journal.js';
import type { PassageEntry } from '../../../src/domain/passages/passage-entry.js';
import { portableCode } from '../support/codes.js';
import { nowSeconds } from '../support/stand-in-issuer.js';
import { startVerifier, type TestVerifier, until } from '../support/start-verifier.js';

export const ROSTER = readFileSync(new URL('../../../../testdata/rosters/roster-clean.csv', import.meta.url));
export const [STUDENT, OTHER] = ['202301000001', '202305000002'];
const START = Buffer.alloc(32).toString('base64url');

export interface Pair {
  issuer: TestIssuer;
  verifier: TestVerifier;
  /** The console at the issuer, for an account. */
  console: (path: string, actor: string, body?: unknown) => Promise<{ status: number; code?: string; body: never }>;
  close(): Promise<void>;
}

/** Issuer and verifier that know each other, the register filled, everybody registered. */
export async function startPair(
  port: number,
  environment: Record<string, string> = {},
  pagesFolder?: string,
): Promise<Pair> {
  const issuer = await startIssuer('http://localhost:8080', {
    environment: { LANYARD_PUBLIC_URL_VERIFIER: `http://localhost:${port}` },
  });
  await issuer.operator('/v1/roster-imports', { bytes: ROSTER, type: 'text/csv' });
  await issuer.operator('/v1/semester-registrations', {
    body: { student_numbers: 'all', registered_until: '2099-01-01' },
  });
  // The issuer of its tests knows another verifier's key; ours takes its place.
  await issuer.verifier.json('/v1/signers');
  const admin = generateKeyPair();
  writeFileSync(`${issuer.folder}/admin.jwk.json`, JSON.stringify(admin.jwk));
  const verifier = await startVerifier({
    ...{ port, issuerUrl: issuer.url, environment },
    ...(pagesFolder === undefined ? {} : { pagesFolder }),
  });
  const jwk = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  await issuer.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  writeFileSync(`${verifier.folder}/issuer.jwk.json`, readFileSync(`${issuer.folder}/issuer.jwk.json`));
  await verifier.putCheckpoint('south-gate');
  await until(() => verifier.verifier.mirror.state().people !== undefined);
  const sign = createSigner(admin.privateKey);
  const client: ServiceClient = createServiceClient({
    ...{ baseUrl: issuer.url, audience: 'issuer', caller: 'admin', sign, clock: systemClock },
  });
  return {
    issuer,
    verifier,
    console: async (path, actor, body) => {
      const options = { actor, ...(body === undefined ? {} : { method: 'POST', body }) };
      try {
        return { status: 200, body: await client.json(path, options) };
      } catch (error) {
        const { status, code } = error as { status: number; code: string };
        if (status === undefined) throw error;
        return { status, code, body: undefined as never };
      }
    },
    close: async () => {
      await verifier.close();
      await issuer.close();
    },
  };
}

/** A wallet of a student with a gate key, one student ID and one pass; `call` is the holder's line. */
export async function claimWallet(issuer: TestIssuer, number: string) {
  const software = createSoftwareWallet(issuer.url);
  const offer = (await (
    await issuer.operator('/v1/credential-offers', { body: { student_number: number } })
  ).json()) as Parameters<typeof codeOf>[0] & { tx_code: string };
  const tokens = (await (await software.token(codeOf(offer), offer.tx_code)).json()) as Tokens;
  const one = async (configuration: string) => {
    const pair = generateKeyPair();
    const jwt = [software.proof(pair, await software.nonce())];
    const answer = await software.call('/credential', tokens.access_token, {
      ...{ credential_configuration_id: configuration, proofs: { jwt } },
    });
    const { credentials } = (await answer.json()) as { credentials: { credential: string }[] };
    return { pair, credential: credentials[0]!.credential };
  };
  const gateKey = generateKeyPair();
  const proof = software.proof(gateKey, await software.nonce(), { typ: 'lanyard-gate-key-proof+jwt' });
  const enrolled = (await (await software.call('/v1/gate-keys', tokens.access_token, { proof })).json()) as {
    link_key: string;
    key_day: number;
  };
  const gateCode = () => {
    const timeSeconds = nowSeconds();
    const linkKey = linkKeyOfDay(nodeCrypto, decodeBase64url(enrolled.link_key), enrolled.key_day, keyDay(timeSeconds));
    const secrets = gateCodeSecrets(nodeCrypto, linkKey);
    const prepared = prepareGateCode({ ...secrets, timeSeconds, nonce: nodeRandomBytes(4) });
    return assembleGateCode(prepared, createSigner(gateKey.privateKey)(prepared.toBeSigned));
  };
  const [studentId, pass] = [await one('student-id-sd-jwt'), await one('student-pass')];
  const { rows } = await issuer.database.run.raw('SELECT row_number FROM holder_state WHERE student_number = ?', [
    number,
  ]);
  return {
    row: Number(rows[0].row_number),
    gateCode,
    /** The key behind the codes, for a phone at a card reader. */
    gateKey: {
      key: gateKey.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      ...{ linkKey: decodeBase64url(enrolled.link_key), day: enrolled.key_day },
    },
    studentId,
    portable: () => portableCode({ pair: pass.pair, pass: decodeBase64url(pass.credential) }),
    call: (path: string, body?: unknown) => software.call(path, tokens.access_token, body),
    async read<T>(path: string): Promise<T> {
      const answer = await software.call(path, tokens.access_token);
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    },
  };
}
export type HeldWallet = Awaited<ReturnType<typeof claimWallet>>;

/** Passages of an agent of the checkpoint, one for each row, a second apart, the last one now. */
export async function passAt(verifier: TestVerifier, checkpoint: string, rows: readonly (number | null)[]) {
  const agent = await verifier.enrolAgent(checkpoint);
  const entries: PassageEntry[] = [];
  for (const [index, row] of rows.entries()) {
    const entry = {
      ...{
        sequence: index + 1,
        at: nowSeconds() - rows.length + index + 1,
        scheme: 'gate-code' as const,
        row,
        marks: [],
      },
      verdict: row === null ? ('rejected' as const) : ('accepted' as const),
      reason: row === null ? 'too-old' : null,
      previous: entries.at(-1)?.hash ?? START,
    };
    entries.push({ ...entry, hash: entryHash(entry) });
  }
  await agent.client.json('/v1/passages', { method: 'POST', body: { entries } });
}
