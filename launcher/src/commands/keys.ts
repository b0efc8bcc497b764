import { X509Certificate } from 'node:crypto';
import { systemClock } from '@lanyard/platform';
import { CommandRefusal } from '../client/call-service.js';
import { certifySigners, makeSigners, publishRevocationList, readKeys } from '../installation/certify-signers.js';
import { ensurePassphrase, initRoot, openRootFolder, readPassphrase } from '../installation/root-folder.js';
import { type Command, type CommandContext, need, option, table, WrongCall } from './command.js';

const partsOf = async (context: CommandContext) => ({
  installation: context.installation,
  client: context.client,
  root: await openRootFolder(context.installation, readPassphrase(context.installation, context.environment)),
});
const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

export const keysInit: Command = {
  usage: 'keys init   (passphrase in LANYARD_ROOT_PASSPHRASE)',
  async run({ installation, environment }) {
    const passphrase = ensurePassphrase(installation, environment);
    const der = await initRoot(installation, passphrase, systemClock.nowSeconds());
    const { subject, fingerprint256: fingerprint, validTo } = new X509Certificate(der);
    return {
      data: { subject, fingerprint: fingerprint.replaceAll(':', '').toLowerCase(), valid_to: validTo },
      text: `${subject}\nSHA-256 ${fingerprint}\nuntil ${validTo}\nKey in ${installation.files.rootFolder}: keep it apart, and the passphrase elsewhere.`,
    };
  },
};

export const keysList: Command = {
  usage: 'keys list',
  async run({ client }) {
    const answer = await readKeys(client);
    const rows = answer.keys.map((key) => [
      ...[key.use, key.kid, day(key.from), day(key.to), key.state],
      key.certificate_fingerprint?.slice(0, 16) ?? 'no certificate',
    ]);
    const warnings = answer.warnings.map(({ use, warning, to }) =>
      warning === 'ends' ? `${use} ends on ${day(to)}: run keys rotate` : `${use} has no certificate: run keys rotate`,
    );
    return {
      data: answer,
      text: [table([['use', 'kid', 'from', 'to', 'state', 'certificate'], ...rows]), ...warnings].join('\n'),
    };
  },
};

export const keysRotate: Command = {
  usage: 'keys rotate [--use document|status|pass|package|audit]',
  valued: ['use'],
  async run(context) {
    // Opened first: a wrong passphrase must not leave signers behind that nobody can certify.
    const parts = await partsOf(context);
    const made = await makeSigners(context.client, option(context, 'use'));
    const certified = await certifySigners(parts);
    const number = await publishRevocationList(parts);
    return {
      data: { made, certified, revocation_list: number },
      text: [
        made.length === 0 ? 'no new signer was due' : `made: ${made.join(', ')}`,
        ...certified.map(({ use, kid }) => `certified: ${use} ${kid}`),
        `revocation list ${number} published`,
      ].join('\n'),
    };
  },
};

export const keysRetire: Command = {
  usage: 'keys retire KID --reason compromised|superseded|ceased',
  valued: ['reason'],
  async run(context) {
    const kid = need(context, 0, 'KID');
    const reason = option(context, 'reason');
    if (reason === undefined) throw new WrongCall('--reason is missing');
    // The signer goes first, with or without the root: a passphrase in a safe must not keep a thief in business.
    const retired = await context.client.call<{ retired_at: string; successor: string }>(
      ...(['issuer', `/v1/keys/${encodeURIComponent(kid)}/retire`, { body: { reason } }] as const),
    );
    let certified: boolean;
    let left = '';
    try {
      const parts = await partsOf(context);
      certified = (await certifySigners(parts)).some((signer) => signer.kid === retired.successor);
      await publishRevocationList(parts);
    } catch (error) {
      if (!(error instanceof CommandRefusal)) throw error;
      certified = false;
      left = `\nThe root was not at hand (${error.code}): run keys rotate, so that the successor gets its certificate and the revocation list is published.`;
    }
    return {
      data: { kid, ...retired, certified },
      text: `${kid} is retired: everything it signed is refused.\n${retired.successor} signs in its place.${left}`,
    };
  },
};
