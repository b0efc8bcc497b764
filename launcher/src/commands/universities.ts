import { createPrivateKey } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { writeDurably } from '@lanyard/platform';
import { keyPairOf } from '@lanyard/protocol/node-crypto';
import { createSoftwareWallet, type HeldCredential, type OfferObject } from '../software-wallet/software-wallet.js';
import { fetchAnchors, readAnchor } from '../trust-list/describe-universities.js';
import { type Command, need, option, readJsonFile, table, WrongCall } from './command.js';

/**
 * What a list operator needs of this university, roots included: to be sent as a file, and its fingerprints to be read
 * out over another way.
 */
export const universityDescribe: Command = {
  usage: 'university describe [--out FILE]',
  valued: ['out'],
  async run(context) {
    const { installation } = context;
    const issuer = installation.publicUrl('issuer').replace(/\/$/, '');
    const roots = await fetchAnchors(issuer);
    const described = {
      universities: [
        {
          university_code: installation.universityCode,
          names: { 'zh-CN': installation.universityName, en: installation.universityNameEn },
          issuer,
          anchors: roots.issuer,
          reader_anchors: roots.reader,
        },
      ],
    };
    const file = option(context, 'out');
    const text = JSON.stringify(described, null, 2);
    if (file !== undefined) writeFileSync(file, `${text}\n`);
    const fingerprints = roots.issuer.map((root) => readAnchor(root, installation.universityCode).fingerprint256);
    return {
      data: { ...described, fingerprints },
      text: [file === undefined ? text : `written to ${file}`, table(fingerprints.map((one) => ['root', one]))].join(
        '\n',
      ),
    };
  },
};

/**
 * Gives a student a pass into a wallet without a screen, kept in FILE, and shows it: a portable code, good for fifteen
 * seconds. Called again it shows the pass in FILE. For trials: a student's own wallet never lets a key out.
 */
export const universityTryOut: Command = {
  usage: 'university try-out NUMBER --wallet FILE',
  valued: ['wallet'],
  async run(context) {
    const number = need(context, 0, 'NUMBER');
    const file = option(context, 'wallet');
    if (file === undefined) throw new WrongCall('--wallet is missing');
    const made = !existsSync(file);
    const wallet = createSoftwareWallet();
    if (made) {
      const offer = await context.client.call<{ credential_offer: OfferObject; tx_code: string }>(
        'issuer',
        '/v1/credential-offers',
        { body: { student_number: number, tx_code: true } },
      );
      await wallet.claim(offer.credential_offer, offer.tx_code, { ids: 1, passes: 1 });
      writeDurably(file, Buffer.from(JSON.stringify(wallet.held['student-pass']?.map(keptPass))));
    } else {
      const kept = readJsonFile(file) as KeptPass[];
      wallet.held['student-pass'] = kept.map(({ key, credential }) => ({
        key: keyPairOf(createPrivateKey(key)),
        credential,
      }));
    }
    const code = wallet.portableCode();
    return { data: { student_number: number, made, code }, text: code };
  },
};

/** As it lies in the file, which is readable by its owner only. */
interface KeptPass {
  /** PKCS #8, PEM. */
  key: string;
  credential: string;
}
const keptPass = ({ key, credential }: HeldCredential): KeptPass => ({
  key: String(key.privateKey.export({ type: 'pkcs8', format: 'pem' })),
  credential,
});
