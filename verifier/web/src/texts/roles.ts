import { type Language, language } from '@lanyard/look/staff/language.js';

type Words = Readonly<Record<string, Readonly<Record<Language, string>>>>;

const ROLES: Words = {
  guard: { zh: '门卫', en: 'Guard' },
  'window-clerk': { zh: '窗口人员', en: 'Window clerk' },
  operator: { zh: '系统管理员', en: 'Operator' },
};
const WHOLE = { zh: '全校', en: 'whole university' } as const;

/** `guard@campus:花都校区` in words. */
export function roleText(text: string): string {
  const [role = '', scope = ''] = text.split('@');
  const at = scope.indexOf(':');
  const place = at < 0 ? WHOLE[language.value] : scope.slice(at + 1);
  const name = ROLES[role]?.[language.value] ?? role;
  return language.value === 'zh' ? `${name}（${place}）` : `${name} (${place})`;
}
