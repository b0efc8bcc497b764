import { pinyin } from 'pinyin-pro';
import { repairMiddleDots } from './repair-middle-dots.js';

/** The forms of a name that are computed at import: for the card and for search. */
export interface NameKeys {
  /** `Deng Taobo`, `Maimaiti Tuerxun`; ü is written yu as in passports. Ideographs without a known reading stay. */
  readonly latin: string;
  /** `dengtaobo`; ü is typed v. */
  readonly full: string;
  /** `dtb`. */
  readonly initials: string;
  /** The name without spaces, dots and hyphens, in lower case. */
  readonly matchKey: string;
}

const compoundSurnames: ReadonlySet<string> = new Set(
  '欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 令狐 呼延 百里 东郭 西门 南门'.split(
    ' ',
  ),
);

/** Name keys of one name as it stands on the identity document. */
export function nameKeysOf(name: string): NameKeys {
  const parts = name.split(/[\u00b7\s]+/u).filter((part) => part !== '');
  const syllables = parts.map(syllablesOf);
  const all = syllables.flat();
  return {
    latin: latinOf(parts, syllables),
    full: all.join('').toLowerCase(),
    initials: all
      .map((syllable) => String.fromCodePoint(syllable.codePointAt(0) ?? 32))
      .join('')
      .toLowerCase(),
    matchKey: nameMatchKeyOf(name),
  };
}

/** The key under which a typed name finds a stored one, whatever dot was typed. */
export function nameMatchKeyOf(name: string): string {
  return repairMiddleDots(name)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\u00b7.'’-]+/gu, '');
}

/** One syllable for each ideograph; a run of other letters is one syllable. */
function syllablesOf(part: string): string[] {
  if (!/\p{Script=Han}/u.test(part)) return [part];
  return pinyin(part, { toneType: 'none', type: 'array', surname: 'head', v: true, nonZh: 'consecutive' });
}

function latinOf(parts: readonly string[], syllables: readonly (readonly string[])[]): string {
  const [part = '', ...others] = parts;
  const first = syllables[0] ?? [];
  // Only a name without a dot has the surname in front and needs it set apart.
  if (others.length === 0 && first.length > 1) {
    const surnameLength = compoundSurnames.has([...part].slice(0, 2).join('')) && first.length > 2 ? 2 : 1;
    return [first.slice(0, surnameLength), first.slice(surnameLength)].map(capitalised).join(' ');
  }
  return syllables.map(capitalised).join(' ');
}

function capitalised(syllables: readonly string[]): string {
  const joined = syllables.map(withPassportSpelling).join('');
  return joined.charAt(0).toUpperCase() + joined.slice(1);
}

/** lv and nv are how ü is typed; documents write lyu and nyu. */
function withPassportSpelling(syllable: string): string {
  return syllable.replace(/^([ln])v/, '$1yu');
}
