import type { WalletContext } from '../app/page.js';
import { consentTexts } from '../texts/consent.js';
import { translator } from '../texts/translate.js';
import { el, icon } from '../ui/element.js';
import { answeredIds, type CardChoice, type Choices, type Selected, selectedOf } from './choices.js';
import { cardName, labelOf, shownClaims } from './claim-words.js';

/** Radio groups for whatever there is to choose; nothing where there is one way only. `onSelect` draws all anew. */
export function drawChoices(
  choices: Choices,
  selected: Selected,
  wallet: WalletContext,
  onSelect: (selected: Selected) => void,
): HTMLElement[] {
  const { language } = wallet;
  const t = translator(consentTexts, language);
  const groups: HTMLElement[] = [];
  for (const [index, set] of choices.sets.entries()) {
    const entries = [
      ...set.options.map((ids, option) => ({ option, text: namesOf(choices, selected, ids, wallet) })),
      ...(set.required ? [] : [{ option: -1, text: t('choose-none') }]),
    ];
    if (entries.length < 2) continue;
    const at = selected.options[index] ?? -1;
    const options = (option: number) => selected.options.map((one, place) => (place === index ? option : one));
    groups.push(
      group(
        t('choose-option'),
        `option-${index}`,
        entries.map(({ option, text }) => ({
          text,
          chosen: option === at,
          choose: () => onSelect({ ...selected, options: options(option) }),
        })),
      ),
    );
  }
  for (const id of answeredIds(choices, selected)) {
    const cards = choices.credentials.get(id)?.cards ?? [];
    const found = selectedOf(choices, selected, id);
    if (cards.length > 1) {
      groups.push(
        group(
          t('choose-card'),
          `card-${id}`,
          cards.map(({ card }, index) => ({
            text: card.own ? cardName(card, language) : `${cardName(card, language)} · ${card.issuerName}`,
            chosen: card.key === found?.card.key,
            choose: () =>
              onSelect({
                ...selected,
                cards: { ...selected.cards, [id]: index },
                variants: { ...selected.variants, [id]: 0 },
              }),
          })),
        ),
      );
    }
    const variants = cards.find(({ card }) => card.key === found?.card.key)?.variants ?? [];
    if (variants.length > 1) {
      groups.push(
        group(
          t('choose-claims'),
          `claims-${id}`,
          variants.map((variant, index) => ({
            text: claimsOf(variant, wallet) || t('choose-nothing-else'),
            chosen: variant === found?.variant,
            choose: () => onSelect({ ...selected, variants: { ...selected.variants, [id]: index } }),
          })),
        ),
      );
    }
  }
  return groups;
}

function namesOf(choices: Choices, selected: Selected, ids: readonly string[], { language }: WalletContext): string {
  const t = translator(consentTexts, language);
  const names = ids.flatMap((id) => {
    const found = selectedOf(choices, selected, id);
    return found === undefined ? [] : [cardName(found.card, language)];
  });
  return [...new Set(names)].join(t('list'));
}

function claimsOf({ shown }: CardChoice['variants'][number], { language }: WalletContext): string {
  const t = translator(consentTexts, language);
  return shownClaims(shown)
    .map((claim) => labelOf(shown.held.card, claim, language))
    .join(t('list'));
}

function group(
  label: string,
  name: string,
  options: readonly { text: string; chosen: boolean; choose: () => void }[],
): HTMLElement {
  return el(
    'fieldset',
    { class: 'panel panel-pad', 'data-testid': `choose-${name}` },
    el('legend', { class: 'label' }, label),
    el(
      'div',
      { class: 'choice choice-rows' },
      options.map(({ text, chosen, choose }, index) =>
        el(
          'label',
          {},
          el('input', {
            type: 'radio',
            name,
            value: String(index),
            'data-testid': `${name}-${index}`,
            checked: chosen ? true : undefined,
            onchange: choose,
          }),
          el('span', {}, icon('check'), text),
        ),
      ),
    ),
  );
}
