/** How rows of a table end. */
export type Keeping =
  /** The retention job deletes what is so many days past a column. `where` narrows it, as SQL. */
  | { readonly by: 'days'; readonly column: string; readonly days: number; readonly where?: string }
  /** The row itself says until when. */
  | { readonly by: 'until'; readonly column: string }
  /** The store that owns it deletes it, more often than the job or by a rule of its own. */
  | { readonly by: 'store'; readonly zh: string; readonly en: string }
  /** Goes with its person, by the rule for people. */
  | { readonly by: 'person' }
  /** Goes with the row of another table. */
  | { readonly by: 'cascade'; readonly table: string }
  /** Text and salt are erased, the digest stays in the chain. */
  | { readonly by: 'erasure'; readonly days: number }
  /** Stays as long as the installation: no person is in it, or it says why. */
  | { readonly by: 'kept'; readonly zh: string; readonly en: string };

/** What one table holds of people, and until when. Every table of a service has exactly one. */
export interface RetentionRule {
  readonly table: string;
  readonly zh: string;
  readonly en: string;
  /** `pseudonym`: a row number, entry, subject or digest that another service would have to translate. */
  readonly person: 'none' | 'student' | 'staff' | 'pseudonym';
  readonly keeping: Keeping;
  /** Where a person's rows are, with one binding: the identity of the student or account. In the order of the list. */
  readonly erase?: string;
}

/** One rule in one line. `erase` only where a person's rows are found by it. */
export function retentionRule(
  table: string,
  zh: string,
  en: string,
  person: RetentionRule['person'],
  keeping: Keeping,
  erase?: string,
): RetentionRule {
  return { table, zh, en, person, keeping, ...(erase === undefined ? {} : { erase }) };
}

/** Keepings that every service has. */
export const KEEPING = {
  /** Of the audit's text, the same everywhere: three years. */
  audit: { by: 'erasure', days: 1_095 },
  installation: { by: 'kept', zh: '随系统', en: 'as long as the installation' },
  untilItEnds: { by: 'store', zh: '到期即删', en: 'deleted when it ends' },
  person: { by: 'person' },
  byStore: (zh: string, en: string) => ({ by: 'store', zh, en }) as const,
} as const satisfies Record<string, Keeping | ((zh: string, en: string) => Keeping)>;

const DAY_WORDS = { zh: '天', en: 'days' } as const;

/** How long, in words. */
export function keepingText({ keeping }: RetentionRule, language: 'zh' | 'en'): string {
  const zh = language === 'zh';
  switch (keeping.by) {
    case 'days':
      return `${keeping.days} ${DAY_WORDS[language]}`;
    case 'until':
      return zh ? '到该行写明的时间' : 'until the time in the row';
    case 'store':
    case 'kept':
      return keeping[language];
    case 'person':
      return zh ? '随本人删除' : 'until the person is erased';
    case 'cascade':
      return zh ? `随 ${keeping.table}` : `with ${keeping.table}`;
    case 'erasure':
      return zh ? `文字 ${keeping.days} 天，之后只留摘要` : `text ${keeping.days} days, then the digest alone`;
  }
}

const PERSON_WORDS = { none: 'none', student: 'student', staff: 'staff', pseudonym: 'pseudonym' } as const;

/** The rows of docs/PRIVACY.md for one service; a test compares them. */
export function retentionRows(service: string, rules: readonly RetentionRule[]): string[] {
  return [...rules]
    .sort((a, b) => (a.table < b.table ? -1 : 1))
    .map(
      (rule) =>
        `| ${service} | \`${rule.table}\` | ${rule.zh} ${rule.en} | ${PERSON_WORDS[rule.person]} | ${keepingText(rule, 'zh')} ${keepingText(rule, 'en')} |`,
    );
}
