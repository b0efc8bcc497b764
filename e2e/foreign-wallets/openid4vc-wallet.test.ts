import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoNumber } from '../../launcher/src/demo/demo-roster.js';
import { type Installation, startInstallation } from '../support/installation.js';
import { createForeignWallet, type ForeignCopy } from './openid4vc-wallet.js';
import { createDesk, WAYS } from './student-id-queries.js';

/** A wallet made of other people's libraries, at our issuer and our verifier, by the standards alone. */
const NUMBER = demoNumber(41);
let installation: Installation;
let wallet: ReturnType<typeof createForeignWallet>;

const { ask, resultOf } = createDesk(() => installation);
function takeCopy(configuration: string): ForeignCopy {
  const index = wallet.copies.findIndex((copy) => copy.configuration === configuration);
  const [copy] = wallet.copies.splice(index, 1);
  if (index === -1 || copy === undefined) throw new Error(`no copy of ${configuration} left`);
  return copy;
}

beforeAll(async () => {
  installation = await startInstallation({ LANYARD_AGENTS: '' });
  wallet = createForeignWallet();
});
afterAll(() => installation.stop());

describe('a foreign wallet', () => {
  it('takes an offer with its transaction code and gets ten copies in both formats', async () => {
    const { answer: offer } = await installation.lanyard<{ credential_offer_uri: string; tx_code: string }>(
      ...['credential', 'offer', NUMBER],
    );
    await wallet.claim(offer.credential_offer_uri, offer.tx_code, ['student-id-sd-jwt', 'student-id-mdoc'], 10);
    expect(wallet.copies.map((copy) => copy.configuration)).toEqual([
      ...Array.from({ length: 10 }, () => 'student-id-sd-jwt'),
      ...Array.from({ length: 10 }, () => 'student-id-mdoc'),
    ]);
  });

  it.each(WAYS)('presents it, and is accepted [%s, %s, %s]', async (configuration, response_mode, client_id_prefix) => {
    const asked = await ask(configuration, { response_mode, client_id_prefix });
    const response = await wallet.present(asked.authorization_request, takeCopy(configuration), [
      'student_number',
      'enrolment_status',
    ]);
    expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
    expect(await resultOf(asked)).toMatchObject({
      state: 'answered',
      verdict: 'accepted',
      claims: expect.objectContaining({}),
    });
    expect(JSON.stringify((await resultOf(asked)).claims)).toContain(NUMBER);
  });

  it.each(['student-id-sd-jwt', 'student-id-mdoc'] as const)(
    'is told nothing of a request it answers too late or again [%s]',
    async (configuration) => {
      const asked = await ask(configuration);
      const copy = takeCopy(configuration);
      expect((await wallet.present(asked.authorization_request, copy, ['student_number', 'enrolment_status'])).ok).toBe(
        true,
      );
      await expect(
        wallet.present(asked.authorization_request, copy, ['student_number', 'enrolment_status']),
      ).rejects.toThrow();
    },
  );

  it.each(['student-id-sd-jwt', 'student-id-mdoc'] as const)(
    'is refused what it does not disclose [%s]',
    async (configuration) => {
      const asked = await ask(configuration);
      await wallet.present(asked.authorization_request, takeCopy(configuration), ['student_number']);
      expect(await resultOf(asked)).toMatchObject({ verdict: 'rejected', reason: 'query-not-satisfied' });
    },
  );

  it.each(['student-id-sd-jwt', 'student-id-mdoc'] as const)(
    'is refused once suspended [%s]',
    async (configuration) => {
      await installation.lanyard('credential', 'suspend', NUMBER, '--reason', 'drill');
      await expect
        .poll(
          async () => {
            const asked = await ask(configuration);
            await wallet.present(asked.authorization_request, takeCopy(configuration), [
              'student_number',
              'enrolment_status',
            ]);
            const { verdict, reason } = await resultOf(asked);
            return [verdict, reason];
          },
          { timeout: 5_000, interval: 1_000 },
        )
        .toEqual(['rejected', 'suspended']);
      await installation.lanyard('credential', 'reinstate', NUMBER, '--reason', 'drill');
    },
  );
});
