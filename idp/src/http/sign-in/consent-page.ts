import { enrolmentStateByCode, LEVELS } from '@lanyard/protocol';
import type { Context } from 'koa';
import type { Interaction } from '../../adapters/provider/interactions.js';
import { type Account, grantedClaims } from '../../domain/accounts/account.js';
import type { HomeUniversity } from '../../domain/accounts/research-names.js';
import { FEDERATION_CLAIMS, GRANTABLE_CLAIMS, type GrantableClaim } from '../../domain/relying-parties/claims.js';
import { html } from '../pages/html.js';
import { languageOf, type Text, writePage } from '../pages/layout.js';
import { personName } from '../pages/parts.js';

export const CLAIM_WORDS: Record<GrantableClaim, Text> = {
  name: { zh: '姓名', en: 'Name' },
  student_number: { zh: '学号', en: 'Student number' },
  staff_number: { zh: '工号', en: 'Staff number' },
  account_kind: { zh: '学生或教职工', en: 'Student or staff' },
  university_code: { zh: '学校标识码', en: 'University code' },
  college: { zh: '学院', en: 'College' },
  major: { zh: '专业', en: 'Major' },
  class: { zh: '班级', en: 'Class' },
  level: { zh: '培养层次', en: 'Level of study' },
  enrolment_status: { zh: '学籍状态', en: 'Enrolment status' },
  roles: { zh: '岗位', en: 'Roles' },
  groups: { zh: '所属群组', en: 'Groups' },
  eduperson_affiliation: { zh: '身份类别', en: 'Affiliation' },
  eduperson_scoped_affiliation: { zh: '身份类别和学校域名', en: 'Affiliation, with the university’s domain' },
  schac_home_organization: { zh: '学校域名', en: 'Domain of the university' },
  schac_personal_unique_code: {
    zh: '欧洲学生标识（含学号）',
    en: 'European Student Identifier (holds the student number)',
  },
};

/** What is never sent to anybody from here, said because people ask. */
const NEVER: Text = { zh: '证件号码、照片、手机号、密码', en: 'identity number, photo, phone number, password' };
const KINDS: Record<Account['kind'], Text> = {
  student: { zh: '学生', en: 'Student' },
  staff: { zh: '教职工', en: 'Staff' },
};

/** look.md §8, Consent: who asks, what for, what they will learn with its values, what not, until when. Refusing first. */
export function writeConsentPage(
  context: Context,
  page: { interaction: Interaction; account: Account; home: HomeUniversity },
): void {
  const { interaction, account } = page;
  const { party } = interaction;
  const language = languageOf(context, interaction.uiLocales);
  const zh = language === 'zh';
  const claims = grantedClaims(account, party, page.home);
  const told = Object.keys(claims) as GrantableClaim[];
  const untold = GRANTABLE_CLAIMS.filter((claim) => !party.claims.includes(claim) && suits(claim, account));
  const name = zh ? party.name_zh : party.name_en;
  const host = new URL(party.home_url ?? interaction.continueOrigins[0] ?? 'https://invalid').host;
  const base = `/sign-in/${interaction.uid}`;
  writePage(context, {
    language,
    title: { zh: '是否同意', en: 'Do you agree?' },
    formOrigins: interaction.continueOrigins,
    body: html`<h1>${zh ? `${name}想知道你的 ${told.length} 项信息` : `${name} asks to learn ${told.length} ${told.length === 1 ? 'thing' : 'things'} about you`}</h1>
<p class="to"><span>${host} · ${zh ? '校外服务，数据会离开学校' : 'outside the university: your data leaves the campus'}</span></p>
<h2>${zh ? '用来做什么' : 'What for'}</h2><p>${zh ? party.purpose_zh : party.purpose_en}</p>
<h2>${zh ? '对方会知道' : 'They will learn'}</h2>
<div class="known"><dl class="facts">${told.map((claim) => html`<div><dt>${CLAIM_WORDS[claim][language]}</dt><dd>${shownValue(claim, claims[claim], account, language)}</dd></div>`)}</dl></div>
<h2>${zh ? '对方不会知道' : 'They will not learn'}</h2>
<p class="muted">${untold.map((claim) => CLAIM_WORDS[claim][language]).join(zh ? '、' : ', ')}${untold.length > 0 && (zh ? '、' : ', ')}${NEVER[language]}</p>
<p class="help">${zh ? '同意后一直有效，直到你在“我的账号”里撤回，或对方要的内容变了。不同意也会记录下来。' : 'Your consent holds until you withdraw it under "My account", or what they ask for changes. A refusal is recorded too.'}</p>
<div class="pair"><form method="post" action="${base}/cancel"><button class="btn btn-l btn-block">${zh ? '不同意' : 'Refuse'}</button></form>
<form method="post" action="${base}/consent"><button class="btn btn-primary btn-l btn-block">${zh ? `同意告诉这 ${told.length} 项` : `Agree to ${told.length}`}</button></form></div>`,
  });
}

/** In the words of a federation. */
const isSaidAlready = (claim: GrantableClaim): boolean => FEDERATION_CLAIMS.some((one) => one === claim);
const suits = (claim: GrantableClaim, account: Account): boolean =>
  !isSaidAlready(claim) &&
  claim !== (account.kind === 'student' ? 'staff_number' : 'student_number') &&
  (claim !== 'roles' || account.roles.length > 0);

/** A code of ours in words; the code is sent. */
const termOf = (code: string, zh: string | undefined, language: 'zh' | 'en'): string =>
  language === 'zh' ? (zh ?? code) : code.replaceAll('-', ' ');

function shownValue(
  claim: GrantableClaim,
  value: string | string[] | undefined,
  account: Account,
  language: 'zh' | 'en',
) {
  if (claim === 'name') return personName(account.name);
  if (claim === 'account_kind') return KINDS[account.kind][language];
  if (claim === 'enrolment_status') return termOf(String(value), enrolmentStateByCode(String(value))?.zh[0], language);
  if (claim === 'level') return termOf(String(value), LEVELS.find(({ code }) => code === value)?.zh[0], language);
  return Array.isArray(value) ? value.join(language === 'zh' ? '、' : ', ') : value;
}
