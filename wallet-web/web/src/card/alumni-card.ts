import { type AlumniIdClaims, digestTextWith, parseSdJwt, processDisclosures } from '@lanyard/protocol';
import { webHashes } from '@lanyard/protocol/web-crypto';
import type { WalletContext } from '../app/page.js';
import { ALUMNI_ID } from '../issuer/alumni-id.js';
import { portraitBytes } from '../issuer/check-credential.js';
import { isOwnCard } from '../issuer/own-card.js';
import type { OtherCard } from '../storage/kept.js';
import type { cardTexts } from '../texts/card.js';
import type { Translate } from '../texts/translate.js';
import { el } from '../ui/element.js';
import { statusText } from './card-details.js';
import { drawIdCard } from './id-card.js';

/** The alumni ID of this university, where there is one: its face, how the studies ended, and what it is good for. */
export async function alumniCard(
  wallet: WalletContext,
  cards: readonly OtherCard[],
  t: Translate<typeof cardTexts>,
  onStop: (stop: () => void) => void,
): Promise<HTMLElement | undefined> {
  const card = cards.find((one) => isOwnCard(one) && one.key.endsWith(`\n${ALUMNI_ID}`));
  const [copy] = card === undefined ? [] : await wallet.db.others(card.key);
  if (card === undefined || copy === undefined) return undefined;
  // Checked when it came.
  const parsed = parseSdJwt(copy.credential, digestTextWith(webHashes.sha256));
  const claims = processDisclosures(parsed.payload, parsed.disclosures).claims as Partial<AlumniIdClaims>;
  const row = (label: 'alumni-outcome' | 'alumni-left', value: string | undefined) =>
    value === undefined ? undefined : el('div', {}, el('dt', {}, t(label)), el('dd', {}, value));
  return el(
    'div',
    { class: 'stack', 'data-testid': 'alumni' },
    drawIdCard(
      {
        ...{ look: 'on', testId: 'alumni-card', label: t('alumni-card'), photo: t('photo') },
        ...{ university: claims.university_name ?? card.issuerName, kind: { zh: '电子校友证', en: 'Alumni ID' } },
        ...{ portrait: portraitBytes(claims), claims },
        last: { zh: '离校', en: 'Left', value: claims.left_on ?? '' },
      },
      onStop,
    ),
    el(
      'section',
      { class: 'panel details' },
      el('h2', { class: 'vh' }, t('alumni-card')),
      el(
        'dl',
        { class: 'facts' },
        row('alumni-outcome', statusText(claims.outcome, wallet.language)),
        row('alumni-left', claims.left_on),
      ),
    ),
    el('p', { class: 'meta' }, t('alumni-how')),
  );
}
