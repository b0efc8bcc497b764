import type { StudentDocumentClaims } from '@lanyard/protocol';
import type { WalletContext } from '../app/page.js';
import { documentOf, isDocument } from '../issuer/documents.js';
import type { OtherCard } from '../storage/kept.js';
import type { cardTexts } from '../texts/card.js';
import type { Translate } from '../texts/translate.js';
import { localDate } from '../ui/dates.js';
import { el } from '../ui/element.js';

type T = Translate<typeof cardTexts>;
const CHINESE = /[\u3400-\u9fff]/;

/** Documents of this university, the newest first: each a line that opens to what it certifies. */
export async function documentCards(
  cards: readonly OtherCard[],
  wallet: WalletContext,
  t: T,
): Promise<HTMLElement | undefined> {
  const copies = await Promise.all(cards.filter(isDocument).map(({ key }) => wallet.db.others(key)));
  const documents = copies
    .flatMap(([copy]) => (copy === undefined ? [] : [documentOf(copy)]))
    .sort((one, other) => (one.document_number < other.document_number ? 1 : -1));
  if (documents.length === 0) return undefined;
  return el(
    'section',
    { class: 'stack', 'data-testid': 'documents' },
    el('h2', {}, t('documents')),
    el('p', { class: 'meta' }, t('documents-how')),
    documents.map((document) => drawDocument(document, wallet, t)),
  );
}

function drawDocument(document: StudentDocumentClaims, { language, clock }: WalletContext, t: T): HTMLElement {
  const row = (label: string, value: string | undefined) =>
    value === undefined
      ? undefined
      : el('div', {}, el('dt', {}, label), el('dd', { lang: foreign(value, language) }, value));
  // The last day counts whole, as on the paper.
  const isPast = document.valid_until < localDate(clock.nowMs());
  const until = { date: document.valid_until };
  return el(
    'details',
    { class: 'panel document-card', 'data-testid': 'document-card' },
    el(
      'summary',
      {},
      el('h3', { class: 'item-title' }, document.title[language]),
      el('p', { class: 'meta' }, `${document.document_number} · ${t(isPast ? 'other-past' : 'other-until', until)}`),
    ),
    el(
      'dl',
      { class: 'facts' },
      row(t('document-university'), document.university_name),
      row(t('document-name'), document.name),
      row(t('document-student-number'), document.student_number),
      (document.facts ?? []).map(({ title, value }) => row(title[language], value[language])),
      row(t('document-issued'), document.issued_on),
      row(t('document-until'), document.valid_until),
    ),
  );
}

const foreign = (text: string, language: WalletContext['language']) =>
  language === 'en' && CHINESE.test(text) ? 'zh-CN' : undefined;
