import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoNumber } from '../../launcher/src/demo/demo-roster.js';
import { type Installation, startInstallation } from '../support/installation.js';
import { createCredoWallet } from './credo-wallet.js';
import { createDesk, WAYS } from './student-id-queries.js';

/** Credo's own agent as wallet, at our issuer and our verifier, by the standards alone. */
const NUMBER = demoNumber(42);
const CONFIGURATIONS = ['student-id-sd-jwt', 'student-id-mdoc'] as const;
let installation: Installation;
let wallet: Awaited<ReturnType<typeof createCredoWallet>>;

const { ask, resultOf } = createDesk(() => installation);

beforeAll(async () => {
  installation = await startInstallation({ LANYARD_AGENTS: '' });
  const response = await fetch(`${installation.run.services.issuer}/v1/anchors`);
  const { reader, issuer } = (await response.json()) as { reader: string[]; issuer: string[] };
  wallet = await createCredoWallet([...reader, ...issuer]);
});
afterAll(async () => {
  await wallet.close();
  await installation.stop();
});

describe('a wallet made of Credo', () => {
  it('takes an offer with its transaction code and gets ten copies in both formats', async () => {
    const { answer } = await installation.lanyard<{ credential_offer_uri: string; tx_code: string }>(
      ...['credential', 'offer', NUMBER],
    );
    expect(await wallet.claim(answer.credential_offer_uri, answer.tx_code, CONFIGURATIONS)).toEqual({
      'student-id-sd-jwt': 10,
      'student-id-mdoc': 10,
    });
  });
  it.each(WAYS)('presents it, and is accepted [%s, %s, %s]', async (configuration, response_mode, client_id_prefix) => {
    const asked = await ask(configuration, { response_mode, client_id_prefix });
    expect(await wallet.present(asked.authorization_request)).toBe(200);
    const result = await resultOf(asked);
    expect(result).toMatchObject({ verdict: 'accepted' });
    expect(JSON.stringify(result.claims)).toContain(NUMBER);
  });
  it.each(CONFIGURATIONS)('answers no request again [%s]', async (configuration) => {
    const asked = await ask(configuration);
    await wallet.present(asked.authorization_request);
    await expect(wallet.present(asked.authorization_request)).rejects.toThrow();
  });
  it.each(CONFIGURATIONS)('is refused once suspended [%s]', async (configuration) => {
    await installation.lanyard('credential', 'suspend', NUMBER, '--reason', 'drill');
    await expect
      .poll(
        async () => {
          const asked = await ask(configuration);
          await wallet.present(asked.authorization_request);
          return (await resultOf(asked)).reason;
        },
        { timeout: 5_000, interval: 1_000 },
      )
      .toBe('suspended');
    await installation.lanyard('credential', 'reinstate', NUMBER, '--reason', 'drill');
  });
});
