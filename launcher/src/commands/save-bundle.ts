import { existsSync, writeFileSync } from 'node:fs';
import { type CommandAnswer, type CommandContext, need, option, WrongCall } from './command.js';

/** Makes a PKCS#12 bundle for an agent or a partner and saves it; the passphrase is told this once. */
export async function saveBundle(context: CommandContext, of: 'agents' | 'partners'): Promise<CommandAnswer> {
  const id = need(context, 0, 'ID');
  const path = option(context, 'out') ?? `${id}.p12`;
  // Never over a file that is there, and looked at first: making a bundle ends the one before.
  if (existsSync(path)) throw new WrongCall(`${path} is there already`);
  const answer = await context.client.call<{ bundle: string; passphrase: string; not_after: string; tls_url?: string }>(
    'verifier',
    `/v1/${of}/${encodeURIComponent(id)}/bundle`,
    { method: 'POST', body: {} },
  );
  writeFileSync(path, Buffer.from(answer.bundle, 'base64'), { mode: 0o600, flag: 'wx' });
  const { passphrase, not_after, tls_url } = answer;
  const where = tls_url === undefined ? '' : `, for ${tls_url}`;
  return {
    data: { file: path, passphrase, not_after, ...(tls_url === undefined ? {} : { tls_url }) },
    text: `${path}, good until ${not_after}${where}; passphrase, this once: ${passphrase}`,
  };
}
