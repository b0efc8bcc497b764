import { type OfflineRoot, systemClock } from '@lanyard/platform';
import { type CertifiedUse, isCertifiedUse } from '@lanyard/protocol/x509';
import { CommandRefusal, type OperatorClient } from '../client/call-service.js';
import type { Installation } from './read-installation.js';
import { nextListNumber, openRootFolder, readPassphrase } from './root-folder.js';

/** A signer as the issuer tells it. */
export interface SignerKey {
  use: string;
  kid: string;
  from: number;
  to: number;
  state: string;
  certificate_fingerprint: string | null;
  certificate_serial: string | null;
  retired_at?: number;
  retirement_reason?: 'compromised' | 'superseded' | 'ceased';
}

export interface KeysAnswer {
  keys: SignerKey[];
  warnings: { use: string; warning: string; to: number }[];
  revocation_list: { number: number; next_update: number } | null;
}

export interface CertifiedSigner {
  use: string;
  kid: string;
}

const DAY_SECONDS = 86_400;
/** A list is signed anew with this much of its life left. */
const LIST_SPARE_SECONDS = 60 * DAY_SECONDS;
const ASK_EVERY_MS = DAY_SECONDS * 1000;
const REASONS = { compromised: 'key-compromise', superseded: 'superseded', ceased: 'cessation-of-operation' } as const;

interface Parts {
  installation: Installation;
  client: OperatorClient;
  root: OfflineRoot;
}

export const readKeys = (client: OperatorClient) => client.call<KeysAnswer>('issuer', '/v1/keys');

/** Makes a new signer; of every use that ends within 60 days where none is named. */
export async function makeSigners(client: OperatorClient, use: string | undefined): Promise<string[]> {
  const { warnings } = await readKeys(client);
  const uses = use === undefined ? warnings.filter(({ warning }) => warning === 'ends').map((one) => one.use) : [use];
  const made: string[] = [];
  for (const one of uses)
    made.push((await client.call<{ kid: string }>('issuer', '/v1/keys', { body: { use: one } })).kid);
  return made;
}

function wantsCertificate(key: SignerKey): key is SignerKey & { use: CertifiedUse } {
  const living = key.state !== 'ended' && key.state !== 'retired';
  return living && key.certificate_fingerprint === null && isCertifiedUse(key.use);
}

/** Certifies every living signer without a certificate. What it says is the root's decision, never the issuer's. */
export async function certifySigners({ installation, client, root }: Parts): Promise<CertifiedSigner[]> {
  const certified: CertifiedSigner[] = [];
  for (const key of (await readKeys(client)).keys) {
    if (!wantsCertificate(key)) continue;
    const { use, kid } = key;
    const asked = await client.call<{ csr: string; from: number; to: number }>('issuer', `/v1/keys/${kid}/request`);
    const request = { use, csr: new Uint8Array(Buffer.from(asked.csr, 'base64')) };
    const der = root.certify(
      { ...request, fromSeconds: asked.from, toSeconds: asked.to },
      { nowSeconds: systemClock.nowSeconds(), issuerUrl: installation.publicUrl('issuer').replace(/\/$/, '') },
    );
    await client.call('issuer', `/v1/keys/${kid}/certificate`, {
      method: 'PUT',
      body: { certificate: Buffer.from(der).toString('base64') },
    });
    certified.push({ use, kid });
  }
  return certified;
}

/** Signs and publishes what the root has revoked; answers the list's number. */
export async function publishRevocationList({ installation, client, root }: Parts): Promise<number> {
  const { keys, revocation_list: last } = await readKeys(client);
  const number = Math.max(nextListNumber(installation), (last?.number ?? 0) + 1);
  const revoked = keys.flatMap(({ certificate_serial: serial, retired_at: since, retirement_reason: reason }) =>
    serial === null || since === undefined || reason === undefined
      ? []
      : [{ serial: new Uint8Array(Buffer.from(serial, 'hex')), sinceSeconds: since, reason: REASONS[reason] }],
  );
  const der = root.revocationList({ number, nowSeconds: systemClock.nowSeconds(), revoked });
  await client.call('issuer', '/v1/revocation-list', {
    method: 'PUT',
    body: { crl: Buffer.from(der).toString('base64') },
  });
  return number;
}

/**
 * What `keys rotate` does, at start and daily, where the passphrase is at hand (the demo). Elsewhere says that somebody
 * has to do it; the issuer warns too.
 */
export async function keepCertified(
  installation: Installation,
  environment: NodeJS.ProcessEnv,
  client: OperatorClient,
  say: (line: string) => void,
): Promise<() => void> {
  const once = async () => {
    const { keys, warnings, revocation_list: list } = await readKeys(client);
    const waiting = keys.some(wantsCertificate);
    const listDue = list === null || list.next_update < systemClock.nowSeconds() + LIST_SPARE_SECONDS;
    if (warnings.length === 0 && !waiting && !listDue) return;
    const root = await openRootFolder(installation, readPassphrase(installation, environment));
    await makeSigners(client, undefined);
    const certified = await certifySigners({ installation, client, root });
    if (certified.length > 0) say(`certified: ${certified.map(({ use }) => use).join(', ')}`);
    if (listDue) await publishRevocationList({ installation, client, root });
  };
  const attempt = () =>
    once().catch((error: unknown) => {
      if (!(error instanceof CommandRefusal)) throw error;
      say(`signers are not certified (${error.code}): run ./lanyard keys rotate`);
    });
  await attempt();
  const timer = setInterval(() => void attempt().catch((error: Error) => say(error.message)), ASK_EVERY_MS);
  return () => clearInterval(timer);
}
