import type { AcrLevel } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Account } from '../../domain/accounts/account.js';
import { PASSKEYS_AT_MOST, type Passkey } from '../../domain/passkeys/passkey.js';
import type { Consent } from '../../storage/consent-store.js';
import type { SignInSession } from '../../storage/session-store.js';
import { type Html, html } from '../pages/html.js';
import { icon } from '../pages/icons.js';
import { type Language, languageOf, type Text, writePage } from '../pages/layout.js';
import { banner, moment, personName } from '../pages/parts.js';
import { CLAIM_WORDS } from '../sign-in/consent-page.js';

export interface AccountPage {
  account: Account;
  session: SignInSession;
  passkeys: readonly Passkey[];
  sheet: { left: number; madeAtMs: number } | undefined;
  /** Undefined where the installation has no passwords. */
  password: { setAtMs: number | undefined } | undefined;
  sessions: readonly SignInSession[];
  consents: readonly (Consent & { name: Text })[];
}

export const LEVEL_WORDS: Record<AcrLevel, Text> = {
  password: { zh: '密码', en: 'Password' },
  'synced-passkey': { zh: '会同步的通行密钥', en: 'Synced passkey' },
  'device-passkey': { zh: '绑定设备的通行密钥', en: 'Device-bound passkey' },
  'wallet-presentation': { zh: '学生证', en: 'Student ID' },
};

/** One's own account: who, ways in, where one is signed in, whom one gave consent. */
export function writeAccountPage(context: Context, page: AccountPage): void {
  const language = languageOf(context);
  const zh = language === 'zh';
  const { account } = page;
  writePage(context, {
    language,
    frame: 'account',
    title: { zh: '我的账号', en: 'My account' },
    body: html`<h1>${personName(account.name)}</h1><p class="muted">${account.kind === 'student' ? (zh ? '学号' : 'Student number') : zh ? '工号' : 'Staff number'} ${account.number}${account.college !== '' && ` · ${account.college}`}</p>
${warnings(page, language)}${account.kind === 'student' && ownThings(language)}${passkeySection(page, language)}${codeSection(page, language)}${page.password !== undefined && passwordSection(page.password, language)}${sessionSection(page, language)}${consentSection(page, language)}`,
  });
}

function warnings(page: AccountPage, language: Language): Html | undefined {
  const zh = language === 'zh';
  const { account, passkeys } = page;
  if (account.roles.length > 0 && passkeys.length > 0 && !passkeys.some((one) => one.level === 'device-passkey'))
    return banner(
      'warn',
      zh
        ? '你有工作岗位，但现有的通行密钥都会同步到云端，进不了管理台。请添加一个绑定在本机或安全钥匙上的。'
        : 'You have a staff role, but all your passkeys are synced and cannot open the console. Add one bound to a device or a security key.',
    );
  if (passkeys.length < 2 && (page.sheet?.left ?? 0) === 0)
    return banner(
      'warn',
      zh
        ? '手机丢了会登录不了：请再添加一个通行密钥，或生成恢复码并抄在纸上。'
        : 'If you lose this device you cannot sign in: add a second passkey, or make recovery codes and keep them on paper.',
    );
  return undefined;
}

const section = (id: string, title: string, action: Html | undefined, body: Html): Html =>
  html`<section class="panel" aria-labelledby="${id}"><div class="panel-head"><h2 id="${id}">${title}</h2>${action}</div>${body}</section>`;

/** The first tap of two for who has lost something. */
const ownThings = (language: Language): Html =>
  html`<p><a class="btn btn-block" href="/account/student-id">${icon('phone', 'i-s')}<span>${language === 'zh' ? '手机或校园卡丢了' : 'Phone or campus card lost'}</span></a></p>`;

function passkeySection({ passkeys }: AccountPage, language: Language): Html {
  const zh = language === 'zh';
  const rows = passkeys.map(
    (passkey) => html`<li class="item"><span class="item-icon">${icon('key')}</span><div class="grow">
<form method="post" action="/account/passkeys/${passkey.id}/name" class="rename"><label class="vh" for="name-${passkey.id}">${zh ? '通行密钥的名字' : 'Name of the passkey'}</label><input class="input" id="name-${passkey.id}" name="name" value="${passkey.name}" maxlength="60" required><button class="btn" aria-label="${zh ? `改名：${passkey.name}` : `Rename ${passkey.name}`}">${zh ? '改名' : 'Rename'}</button></form>
<p class="small muted">${LEVEL_WORDS[passkey.level][language]} · ${zh ? '添加于' : 'added'} ${moment(passkey.createdAtMs)} · ${passkey.lastUsedMs === undefined ? (zh ? '还没用过' : 'not used yet') : html`${zh ? '最近使用' : 'last used'} ${moment(passkey.lastUsedMs)}`}</p></div>
<a class="btn btn-danger-line" href="/account/passkeys/${passkey.id}/remove" aria-label="${zh ? `删除：${passkey.name}` : `Remove ${passkey.name}`}">${zh ? '删除' : 'Remove'}</a></li>`,
  );
  const add =
    passkeys.length < PASSKEYS_AT_MOST
      ? html`<a class="btn" href="/account/passkeys/new">${icon('plus', 'i-s')}<span>${zh ? '添加' : 'Add'}</span></a>`
      : undefined;
  return section(
    'passkeys',
    zh ? `通行密钥 ${passkeys.length} 个` : `Passkeys (${passkeys.length})`,
    add,
    rows.length === 0
      ? html`<p class="panel-pad muted">${zh ? '还没有。有了它，登录只要点一下。' : 'None yet. With one, signing in is a single tap.'}</p>`
      : html`<ul class="list">${rows}</ul>`,
  );
}

function codeSection({ sheet }: AccountPage, language: Language): Html {
  const zh = language === 'zh';
  return section(
    'codes',
    zh ? '恢复码' : 'Recovery codes',
    html`<a class="btn" href="/account/recovery-codes">${sheet === undefined ? (zh ? '生成' : 'Make') : zh ? '重新生成' : 'Make new ones'}</a>`,
    html`<p class="panel-pad muted">${
      sheet === undefined
        ? zh
          ? '还没有。10 个一次性的码，抄在纸上，设备都丢了也能登录。'
          : 'None yet. Ten codes for paper: with one of them you get in when all devices are lost.'
        : html`${zh ? `还剩 ${sheet.left} 个，生成于` : `${sheet.left} left, made`} ${moment(sheet.madeAtMs)}`
    }</p>`,
  );
}

function passwordSection(password: { setAtMs: number | undefined }, language: Language): Html {
  const zh = language === 'zh';
  return section(
    'password',
    zh ? '密码' : 'Password',
    html`<a class="btn" href="/account/password">${password.setAtMs === undefined ? (zh ? '设置' : 'Set') : zh ? '更改' : 'Change'}</a>`,
    html`<p class="panel-pad muted">${password.setAtMs === undefined ? (zh ? '没有密码。有通行密钥就不需要。' : 'No password. With a passkey you need none.') : html`${zh ? '设置于' : 'Set'} ${moment(password.setAtMs)}`}</p>`,
  );
}

const ENDS: Record<string, Text> = {
  person: { zh: '你退出了', en: 'you signed out' },
  operator: { zh: '管理员结束', en: 'ended by an operator' },
  time: { zh: '到时自动结束', en: 'ended by time' },
  recovery: { zh: '账号恢复时结束', en: 'ended by a recovery' },
};

function sessionSection({ sessions, session: own }: AccountPage, language: Language): Html {
  const zh = language === 'zh';
  const live = sessions.filter((one) => one.endedAtMs === undefined);
  const row = (one: SignInSession) => {
    const here = one.uid === own.uid;
    const ended = one.endedAtMs;
    const words = `${one.device} ${one.place}`;
    return html`<li class="item"><span class="item-icon">${icon(ended === undefined ? 'phone' : 'history')}</span><div class="grow"><p class="item-title">${one.device}${here && html` <span class="pill pill-info">${zh ? '这台' : 'this one'}</span>`}</p>
<p class="small muted">${one.place} · ${LEVEL_WORDS[one.level][language]} · ${zh ? '登录于' : 'since'} ${moment(one.createdAtMs)} · ${ended === undefined ? html`${zh ? '最近使用' : 'last used'} ${moment(one.lastSeenMs)}` : html`${ENDS[one.endedBy ?? '']?.[language] ?? (zh ? '已结束' : 'ended')} ${moment(ended)}`}</p></div>
${ended === undefined && !here && html`<form method="post" action="/account/sessions/${one.uid}/end"><button class="btn" aria-label="${zh ? `退出 ${words}` : `Sign out ${words}`}">${zh ? '退出' : 'Sign out'}</button></form>`}</li>`;
  };
  const over = sessions.filter((one) => one.endedAtMs !== undefined);
  return section(
    'sessions',
    zh ? `登录着的设备 ${live.length} 台` : `Signed in on ${live.length} ${live.length === 1 ? 'device' : 'devices'}`,
    live.length > 1
      ? html`<form method="post" action="/account/sessions/end-others"><button class="btn btn-danger-line">${zh ? `退出其他 ${live.length - 1} 台` : `Sign out the other ${live.length - 1}`}</button></form>`
      : undefined,
    html`<ul class="list">${live.map(row)}</ul>${over.length > 0 && html`<details><summary>${zh ? `最近 30 天结束的 ${over.length} 次` : `Ended in the last 30 days: ${over.length}`}</summary><ul class="list">${over.map(row)}</ul></details>`}`,
  );
}

function consentSection({ consents }: AccountPage, language: Language): Html | undefined {
  if (consents.length === 0) return undefined;
  const zh = language === 'zh';
  const rows = consents.map(
    (
      one,
    ) => html`<li class="item"><span class="item-icon">${icon('shield')}</span><div class="grow"><p class="item-title">${one.name[language]}</p><p class="small muted">${one.claims.map((claim) => CLAIM_WORDS[claim as keyof typeof CLAIM_WORDS]?.[language] ?? claim).join(zh ? '、' : ', ')} · ${zh ? '同意于' : 'agreed'} ${moment(one.givenAtMs)}</p></div>
<form method="post" action="/account/consents/${one.relyingPartyId}/withdraw"><button class="btn" aria-label="${zh ? `撤回对 ${one.name.zh} 的同意` : `Withdraw from ${one.name.en}`}">${zh ? '撤回' : 'Withdraw'}</button></form></li>`,
  );
  return section(
    'consents',
    zh ? '给校外服务的同意' : 'Consent given to others',
    undefined,
    html`<ul class="list">${rows}</ul>`,
  );
}
