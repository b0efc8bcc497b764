import { language } from '@lanyard/look/staff/language.js';
import { type WordTable, wordOf } from './word-of.js';

const CODES: WordTable = {
  'mail-off': { zh: '没有设置邮件服务器', en: 'No mail server is set up' },
  'messenger-not-found': { zh: '没有登记校园消息', en: 'No messenger is registered' },
  'attempts-ended': { zh: '进程在发送时中断', en: 'The process ended while it was sending' },
  'smtp-slow': { zh: '邮件服务器没有按时回答', en: 'The mail server did not answer in time' },
  'address-unreachable': { zh: '对方服务器连不上', en: 'The other server could not be reached' },
  'address-not-allowed': { zh: '地址在内网，没有放行', en: 'A private address that is not allowed' },
  'answer-too-slow': { zh: '对方服务器没有按时回答', en: 'The other server did not answer in time' },
  'answer-too-large': { zh: '对方的回答太大', en: 'The answer was too large' },
  internal: { zh: '本服务出错，见日志', en: 'A fault of this service; see its log' },
};
const SERVERS: WordTable = {
  smtp: { zh: '邮件服务器', en: 'the mail server' },
  push: { zh: '推送服务', en: 'the push service' },
  messenger: { zh: '校园消息', en: 'the messenger' },
};

/** Why a notice was not sent, in words: of us, or what the other server answered. */
export function deliveryCodeText(code: string): string {
  const [, server, said] = /^(smtp|push|messenger)-(\d{3})$/.exec(code) ?? [];
  if (server !== undefined) {
    const name = wordOf(SERVERS, server);
    return language.value === 'zh' ? `${name}回答 ${said}` : `${said} from ${name}`;
  }
  if (/^smtp(-E[A-Z]+)?$/.test(code))
    return language.value === 'zh' ? '邮件服务器连不上' : 'The mail server could not be reached';
  return wordOf(CODES, code);
}
