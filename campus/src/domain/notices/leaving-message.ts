import type { NoticeSettings } from '../../api/index.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { NoticeKind } from './notice.js';
import { URGENCY_OF, wakes } from './settings.js';
import { stepTitle, WORDS } from './words.js';

type Language = NoticeSettings['language'];

/** One notice as it may leave the house: the service's title, what happened, a link. */
export interface LeavingLine {
  readonly title: string;
  readonly text: string;
  readonly url: string;
}
/** What is sent: one notice, or everything that waited for the digest. */
export interface LeavingMessage {
  /** The same at every attempt. */
  readonly id: string;
  readonly atMs: number;
  readonly isUrgent: boolean;
  readonly language: Language;
  readonly title: string;
  readonly text: string;
  readonly url: string;
  /** Where the person changes or stops this. */
  readonly settingsUrl: string;
  readonly lines: readonly LeavingLine[];
}

const HIDDEN = {
  now: { zh: '有一件急事要你立即处理', en: 'Something needs you at once' },
  urgent: { zh: '有一件事轮到你', en: 'Something waits for you' },
  other: { zh: '你的一件事有新进展', en: 'Something of yours has news' },
} as const;
const OPEN_IT = { zh: '登录后查看。', en: 'Sign in to read it.' };

/**
 * A service that not everybody sees is not named, nor its step: who passes a screen or keeps a mail box learns that there
 * is something in a module, not what. The link tells the module, because such a case opens nowhere else.
 */
export function leavingLine(
  notice: { readonly kind: NoticeKind; readonly step: string | null; readonly caseUrl: string },
  definition: ServiceDefinition,
  language: Language,
): LeavingLine {
  const { kind, step, caseUrl: url } = notice;
  if (definition.visible_to !== 'everyone')
    return { title: HIDDEN[wakes(kind) ? 'now' : URGENCY_OF[kind]][language], text: OPEN_IT[language], url };
  return { title: definition.title[language], text: WORDS[kind](stepTitle(definition, step))[language], url };
}

const MOST_LINES = 30;

/** @param lines at least one; a digest may have one as well */
export function leavingMessage(parts: {
  readonly id: string;
  readonly atMs: number;
  readonly kinds: readonly NoticeKind[];
  readonly lines: readonly LeavingLine[];
  readonly isDigest: boolean;
  readonly language: Language;
  readonly noticesUrl: string;
  readonly settingsUrl: string;
}): LeavingMessage {
  const { id, atMs, kinds, lines, language, settingsUrl } = parts;
  const isUrgent = kinds.some((kind) => URGENCY_OF[kind] === 'urgent');
  const [first] = lines;
  if (first === undefined) throw new TypeError('a message without a line');
  const shown = lines.slice(0, MOST_LINES);
  if (!parts.isDigest) return { id, atMs, isUrgent, language, settingsUrl, ...first, lines: shown };
  const waiting = kinds.filter((kind) => URGENCY_OF[kind] === 'urgent').length;
  const counts = countsText(lines.length, waiting, language);
  return { id, atMs, isUrgent, language, settingsUrl, ...counts, url: parts.noticesUrl, lines: shown };
}

function countsText(all: number, waiting: number, language: Language): { title: string; text: string } {
  if (language === 'zh') return { title: `今天 ${all} 条通知`, text: `${waiting} 条等你处理，共 ${all} 条。` };
  const title = all === 1 ? '1 notice today' : `${all} notices today`;
  return { title, text: `${waiting} of ${all} ${waiting === 1 ? 'waits' : 'wait'} for you.` };
}
