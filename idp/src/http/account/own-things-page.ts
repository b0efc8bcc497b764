import type { Context } from 'koa';
import type { Moved, OwnThings } from '../../adapters/own-things.js';
import { type Html, html } from '../pages/html.js';
import { icon } from '../pages/icons.js';
import { type Language, languageOf, type Text, writePage } from '../pages/layout.js';
import { banner, clockTime, moment } from '../pages/parts.js';
import { crisp } from '../wallet-sign-in/wallet-pages.js';

const TITLE: Text = { zh: '手机或校园卡丢了', en: 'Phone or campus card lost' };

/** Phones and card of the one who is signed in. Each stop is one tap here; lifting it is not. */
export function writeOwnThingsPage(context: Context, things: OwnThings): void {
  const language = languageOf(context);
  writePage(context, {
    language,
    frame: 'account',
    title: TITLE,
    body: html`<h1>${TITLE[language]}</h1>${phoneSection(things, language)}${cardSection(things, language)}
<p class="back"><a href="/account">${language === 'zh' ? '返回我的账号' : 'Back to my account'}</a></p>`,
  });
}

const section = (id: string, title: string, body: Html): Html =>
  html`<section class="panel" aria-labelledby="${id}"><div class="panel-head"><h2 id="${id}">${title}</h2></div><div class="panel-pad stack">${body}</div></section>`;
const button = (action: string, tone: string, text: string): Html =>
  html`<form method="post" action="/account/student-id/${action}"><button class="btn ${tone} btn-l btn-block">${text}</button></form>`;

function phoneSection({ credential_state: state, held_by: by, wallets }: OwnThings, language: Language): Html {
  const zh = language === 'zh';
  const stopped =
    state === 'valid'
      ? undefined
      : by === 'holder'
        ? banner(
            'ok',
            zh
              ? '你已停用学生证，联网的闸机马上拒绝。'
              : 'You stopped your student ID; gates online refuse it at once.',
            'status',
          )
        : banner(
            'warn',
            zh
              ? '学生证现在不能用，要到一站式服务窗口办理。'
              : 'Your student ID cannot be used now; the service window can help.',
          );
  const phones = html`<p class="muted">${
    wallets.length === 0
      ? zh
        ? '没有手机领取过学生证。'
        : 'No phone holds your student ID.'
      : zh
        ? `${wallets.length} 台手机上有学生证。`
        : `Your student ID is on ${wallets.length} ${wallets.length === 1 ? 'phone' : 'phones'}.`
  }</p><ul class="list">${wallets.map(
    (one) =>
      html`<li class="item"><span class="item-icon">${icon('phone')}</span><div class="grow"><p class="item-title">${zh ? '领取于' : 'Received'} ${moment(one.since * 1000)}</p>${one.last_contact !== null && html`<p class="small muted">${zh ? '最近联网' : 'last online'} ${moment(one.last_contact * 1000)}</p>`}</div></li>`,
  )}</ul>`;
  const mayMove = state === 'valid' || by === 'holder';
  return section(
    'phone',
    zh ? '手机上的学生证' : 'Student ID on your phone',
    html`${stopped}${phones}${state === 'valid' && wallets.length > 0 && button('block-phone', 'btn-danger', zh ? '停用手机上的学生证' : 'Stop the ID on my phone')}${
      mayMove &&
      html`<p class="small muted">${zh ? '换新手机：其他手机上的学生证全部作废，停用随之解除。手机找回来了也这样办。' : 'A new phone ends the ID on every other one and lifts your stop. Do the same when the phone turns up.'}</p>${button('new-phone', '', zh ? '领到新手机上' : 'Get it on a new phone')}`
    }`,
  );
}

function cardSection({ card }: OwnThings, language: Language): Html {
  const zh = language === 'zh';
  if (card === null)
    return section(
      'card',
      zh ? '校园卡' : 'Campus card',
      html`<p class="muted">${zh ? '没有在用的校园卡。' : 'You have no campus card in use.'}</p>`,
    );
  const name = zh ? `尾号 ${card.last_four}` : `Ends in ${card.last_four}`;
  return section(
    'card',
    zh ? '校园卡' : 'Campus card',
    card.state === 'bound'
      ? html`<p class="muted">${name}</p>${button('block-card', 'btn-danger', zh ? '停用校园卡' : 'Stop the card')}`
      : html`<p class="muted">${name}</p>${banner(
          'ok',
          card.stopped_by === 'holder'
            ? zh
              ? '你已停用这张卡。三天内可以在原来的手机上恢复，之后到校园卡窗口。'
              : 'You stopped this card. Within three days the phone you had before can restore it, then the card office.'
            : zh
              ? '这张卡已由学校停用，到校园卡窗口恢复。'
              : 'The office stopped this card; the card office restores it.',
          'status',
        )}`,
  );
}

/** The offer to the new phone: a link for this one, a code for another. */
export function writeMovedPage(context: Context, moved: Moved, qr: string): void {
  const language = languageOf(context);
  const zh = language === 'zh';
  const title: Text = { zh: '领到新手机上', en: 'Get it on a new phone' };
  writePage(context, {
    language,
    frame: 'account',
    title,
    body: html`<h1>${title[language]}</h1>${banner('ok', zh ? `其他 ${moved.ended} 台手机上的学生证已作废。` : `The ID has ended on ${moved.ended} other ${moved.ended === 1 ? 'phone' : 'phones'}.`, 'status')}
<section class="panel panel-pad stack"><h2>${zh ? '就在这部手机上' : 'On this phone'}</h2><a class="btn btn-primary btn-l btn-block" href="${moved.wallet_link}">${zh ? '领取学生证' : 'Get the student ID'}</a></section>
<section class="panel panel-pad stack"><h2>${zh ? '在另一部手机上' : 'On another phone'}</h2><p class="muted">${zh ? '用新手机的相机扫这个码，登录后就领到了。' : 'Scan this with the new phone’s camera and sign in there.'}</p><div class="scan-code" role="img" aria-label="${zh ? '领取学生证的二维码' : 'Code to get the student ID'}">${crisp(qr)}</div></section>
<p class="small muted">${zh ? '有效至' : 'Valid until'} ${clockTime(Date.parse(moved.expires_at))}</p>
<p class="back"><a href="/account">${zh ? '返回我的账号' : 'Back to my account'}</a></p>`,
  });
}
