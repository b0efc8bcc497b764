import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoNumber } from '../../launcher/src/demo/demo-roster.js';
import { presentTo } from '../../launcher/src/software-wallet/present-to.js';
import {
  createSoftwareWallet,
  type OfferObject,
  type SoftwareWallet,
} from '../../launcher/src/software-wallet/software-wallet.js';
import { type Installation, startInstallation } from '../support/installation.js';
import { startForeignVerifier } from './foreign-verifier.js';

/** Our wallet at a verifier made of other people's libraries, with student IDs of our issuer. */
const NUMBER = demoNumber(42);
const NAMESPACE = 'org.lanyard.student-id.1';
const QUERIES = {
  'dc+sd-jwt': {
    id: 'student',
    format: 'dc+sd-jwt',
    meta: { vct_values: ['urn:lanyard:student-id:1'] },
    claims: [{ path: ['student_number'] }],
  },
  mso_mdoc: {
    id: 'student',
    format: 'mso_mdoc',
    meta: { doctype_value: NAMESPACE },
    claims: [{ path: [NAMESPACE, 'student_number'] }],
  },
} as const;
let installation: Installation;
let wallet: SoftwareWallet;
let museum: Awaited<ReturnType<typeof startForeignVerifier>>;
const now = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  installation = await startInstallation({ LANYARD_AGENTS: '' });
  wallet = createSoftwareWallet();
  const { answer: offer } = await installation.lanyard<{ credential_offer: OfferObject; tx_code: string }>(
    ...['credential', 'offer', NUMBER],
  );
  await wallet.claim(offer.credential_offer, offer.tx_code, { ids: 10, mdocs: 10, passes: 0 });
  museum = await startForeignVerifier({ url: installation.run.services.issuer });
});
afterAll(async () => {
  await museum?.close();
  await installation?.stop();
});

/** Its root is one our wallet was told of. */
const present = (link: string) =>
  presentTo(link, {
    copies: wallet.held['student-id-sd-jwt'] ?? [],
    mdocs: wallet.held['student-id-mdoc'] ?? [],
    issuer: museum.url,
    nowSeconds: now(),
  });

describe('our wallet at a foreign verifier', () => {
  const ways = (['dc+sd-jwt', 'mso_mdoc'] as const).flatMap((format) =>
    ['direct_post', 'direct_post.jwt'].flatMap((responseMode) =>
      ['x509_san_dns', 'x509_hash'].map((prefix) => [format, responseMode, prefix] as const),
    ),
  );
  it.each(ways)(
    'is understood, and discloses what was asked and no more [%s, %s, %s]',
    async (format, responseMode, prefix) => {
      const { link, answer } = await museum.ask(QUERIES[format], { responseMode, prefix });
      await present(link);
      const { claims } = await answer;
      expect(claims).toMatchObject({ student_number: NUMBER });
      expect(claims).not.toHaveProperty('birth_date');
    },
  );

  it('gives nothing to one whose root nobody vouches for', async () => {
    const { link } = await museum.ask(QUERIES.mso_mdoc, { responseMode: 'direct_post', prefix: 'x509_san_dns' });
    await expect(wallet.presentTo(link)).rejects.toMatchObject({ code: 'anchor-unknown' });
  });

  it('gives nothing to a request for what it does not hold', async () => {
    const other = { ...QUERIES['dc+sd-jwt'], meta: { vct_values: ['urn:example:driver:1'] } };
    const { link } = await museum.ask(other, { responseMode: 'direct_post', prefix: 'x509_san_dns' });
    await expect(present(link)).rejects.toMatchObject({ code: 'no-match' });
  });
});
