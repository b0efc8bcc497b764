import { createTransport } from 'nodemailer';
import type { NoticeSettings } from '../api/index.js';
import type { DeliverMessage, SendOutcome } from '../domain/notices/deliver.js';
import { codeMailText, type MailText, mailText } from '../domain/notices/mail-text.js';
import type { SmtpSettings } from './smtp-settings.js';

const CONNECT_MS = 10_000;
const SILENT_MS = 15_000;
/** Over a whole message: less than the shortest lease of one. */
const WHOLE_MS = 45_000;

/** Mail by the university's own server. Whoever refuses the recipient for good (5xx) ends an address, nothing else does. */
export function createMailChannel(parts: { smtp: SmtpSettings; from: string; university: string; campusUrl: string }) {
  const { host } = new URL(parts.campusUrl);
  const transport = createTransport({
    ...parts.smtp,
    tls: { minVersion: 'TLSv1.2' },
    ...{ connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: SILENT_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });

  async function send(address: string, id: string, mail: MailText, settingsUrl?: string): Promise<SendOutcome> {
    const sending = transport.sendMail({
      from: parts.from,
      to: { name: '', address },
      ...mail,
      messageId: `<${id}@${host.replace(/:\d+$/, '')}>`,
      ...(settingsUrl === undefined ? {} : { list: { unsubscribe: settingsUrl } }),
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<SendOutcome>((resolve) => {
      timer = setTimeout(() => resolve({ is: 'failed', code: 'smtp-slow', everybody: true }), WHOLE_MS);
    });
    const outcome = sending.then((): SendOutcome => ({ is: 'sent' }), outcomeOf);
    return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
  }

  const deliver: DeliverMessage<'mail'> = ({ address }, message) =>
    send(address, message.id, mailText(message, parts.university), message.settingsUrl);
  return {
    deliver,
    sendCode: (address: string, code: string, id: string, language: NoticeSettings['language']) =>
      send(address, id, codeMailText(code, language, parts.university)),
  };
}
export type MailChannel = ReturnType<typeof createMailChannel>;

/** An error's text names the address; only its numbers go on. */
function outcomeOf(error: unknown): SendOutcome {
  const { responseCode, command, code } = error as { responseCode?: unknown; command?: unknown; code?: unknown };
  const reply = typeof responseCode === 'number' ? responseCode : undefined;
  if (reply === undefined) {
    const name = typeof code === 'string' && /^E[A-Z]{2,20}$/.test(code) ? `smtp-${code}` : 'smtp';
    return { is: 'failed', code: name, everybody: true };
  }
  if (command !== 'RCPT TO') return { is: 'failed', code: `smtp-${reply}`, everybody: true };
  return { is: reply >= 500 ? 'address-gone' : 'failed', code: `smtp-${reply}` };
}
