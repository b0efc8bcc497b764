import type { WalletContext } from '../app/page.js';
import { createHolderLine } from '../issuer/holder-line.js';
import { nodTexts } from '../texts/nod.js';
import { recordsTexts } from '../texts/records.js';
import { translator } from '../texts/translate.js';
import { proseMoment } from '../ui/dates.js';
import { el, icon } from '../ui/element.js';

/** What `GET /v1/holder/looks` answers of a look; `at` in Unix seconds. */
interface Look {
  readonly at: number;
  readonly kind: 'search' | 'window' | 'nod' | 'without-nod';
  readonly place_zh: string | null;
  readonly place_en: string | null;
  readonly purpose: 'affairs' | 'documents' | 'card' | 'other' | null;
  readonly reason: string | null;
}

/** Who opened the student's page in the last thirty days: where and what for. Asked for when shown, kept nowhere. */
export function whoLooked(wallet: WalletContext): HTMLElement {
  const { language } = wallet;
  const t = translator(recordsTexts, language);
  const tn = translator(nodTexts, language);
  const list = el(
    'ul',
    { class: 'list' },
    el('li', { class: 'item' }, el('p', { class: 'muted' }, t('looks-offline'))),
  );
  const row = (look: Look) => {
    const place = language === 'zh' ? look.place_zh : look.place_en;
    const purpose = look.purpose === null ? undefined : tn('for', { purpose: tn(`purpose-${look.purpose}`) });
    const facts = [place, purpose, proseMoment(look.at * 1000, language)].filter((fact) => typeof fact === 'string');
    return el(
      'li',
      { class: 'item', 'data-kind': look.kind },
      el('span', { class: 'item-icon' }, icon(look.kind === 'without-nod' ? 'warn' : 'user')),
      el(
        'div',
        { class: 'grow' },
        el('p', { class: 'item-title' }, t(`look-${look.kind}`)),
        el('p', { class: 'meta' }, facts.join(' · ')),
        look.reason === null ? undefined : el('p', { class: 'meta' }, t('look-reason', { reason: look.reason })),
      ),
    );
  };
  createHolderLine(
    wallet.db,
    wallet.clock,
  )<{ looks: Look[] }>(`${wallet.config.issuer}/v1/holder/looks`).then(
    ({ looks }) =>
      list.replaceChildren(
        ...(looks.length === 0
          ? [el('li', { class: 'item' }, el('p', { class: 'muted' }, t('looks-none')))]
          : looks.map(row)),
      ),
    () => {},
  );
  return el('section', { class: 'panel', 'data-testid': 'looks' }, el('h2', { class: 'panel-pad' }, t('looks')), list);
}
