import type { WalletContext } from '../app/page.js';
import type { CallIssuer } from '../issuer/holder-line.js';
import { download } from '../records/export-records.js';
import { translator } from '../texts/translate.js';
import { verifiedTexts } from '../texts/verified.js';
import { localDate } from '../ui/dates.js';
import { el, icon } from '../ui/element.js';

/** Fields that may be corrected; the issuer's list (`issuer/src/domain/rights/correction.ts`). */
const FIELDS = [
  ...['name', 'name_latin', 'college', 'major', 'class', 'sex', 'birth_date', 'identity_document'],
  ...['level', 'length_of_study', 'study_form', 'entry_date', 'expected_graduation', 'rail_interval', 'phone', 'email'],
] as const;
type TextKey = keyof typeof verifiedTexts;
interface Correction {
  readonly id: string;
  readonly field: string;
  readonly wanted: string;
  readonly state: 'asked' | 'granted' | 'refused' | 'withdrawn';
  readonly decision_reason: string | null;
}

/** A copy of everything the university holds of the student, as a file; nothing of it stays in the wallet. */
export function exportPanel(wallet: WalletContext, call: CallIssuer): HTMLElement {
  const t = translator(verifiedTexts, wallet.language);
  const status = el('p', { role: 'status' });
  const button = el(
    'button',
    { class: 'btn btn-block', type: 'button', 'data-testid': 'export-data' },
    icon('download', 'i-s'),
    t('data-make'),
  );
  button.addEventListener('click', async () => {
    status.textContent = t('data-making');
    try {
      const copy = await call<{ summary: unknown[] }>(`${wallet.config.issuer}/v1/holder/exports`, {
        body: {},
        timeoutMs: 60_000,
      });
      download(`my-data-${localDate(wallet.clock.nowMs())}.json`, JSON.stringify(copy, null, 2));
      status.textContent = t('data-done', { count: copy.summary.length });
    } catch {
      status.textContent = t('data-failed');
    }
  });
  return el(
    'section',
    { class: 'panel panel-pad stack' },
    ...[el('h2', {}, t('data-title')), el('p', { class: 'muted' }, t('data-about')), button, status],
  );
}

/** What the register has wrong: asked here, decided by a registrar with a reason. */
export function correctionPanel(wallet: WalletContext, call: CallIssuer): HTMLElement {
  const t = translator(verifiedTexts, wallet.language);
  const base = `${wallet.config.issuer}/v1/holder/corrections`;
  const list = el('ul', { class: 'list' });
  const status = el('p', { role: 'status' });
  const field = el(
    'select',
    { class: 'input', id: 'correct-field' },
    FIELDS.map((name) => el('option', { value: name }, t(`field-${name}` as TextKey))),
  );
  const wanted = el('input', {
    class: 'input',
    id: 'correct-wanted',
    maxlength: '100',
    required: true,
    autocomplete: 'off',
  });
  const reason = el('input', { class: 'input', id: 'correct-reason', maxlength: '300', autocomplete: 'off' });
  const label = (id: string, key: TextKey) => el('label', { class: 'label', for: id }, t(key));

  const show = ({ corrections }: { corrections: readonly Correction[] }) =>
    list.replaceChildren(...corrections.map(row));
  const row = (one: Correction) =>
    el(
      'li',
      { class: 'item', 'data-state': one.state },
      el(
        'div',
        { class: 'grow' },
        el('p', { class: 'item-title' }, `${t(`field-${one.field}` as TextKey)}: ${one.wanted}`),
        el(
          'p',
          { class: 'meta' },
          [t(`state-${one.state}`), one.decision_reason].filter((text) => text !== null).join(' · '),
        ),
      ),
      one.state === 'asked'
        ? el(
            'button',
            { class: 'btn', type: 'button', onclick: () => void send(`${base}/${one.id}/withdraw`, {}) },
            t('correct-withdraw'),
          )
        : undefined,
    );
  async function send(url: string, body: object): Promise<void> {
    status.textContent = '';
    try {
      show(await call(url, { body }));
      wanted.value = '';
      reason.value = '';
    } catch {
      status.textContent = t('correct-failed');
    }
  }
  const form = el(
    'form',
    { class: 'stack' },
    ...[el('div', { class: 'field' }, label('correct-field', 'correct-field'), field)],
    ...[el('div', { class: 'field' }, label('correct-wanted', 'correct-wanted'), wanted)],
    ...[el('div', { class: 'field' }, label('correct-reason', 'correct-reason'), reason)],
    el('button', { class: 'btn btn-block', 'data-testid': 'correct' }, t('correct-ask')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(base, { field: field.value, wanted: wanted.value, reason: reason.value });
  });
  call<{ corrections: Correction[] }>(base).then(show, () => {});
  return el(
    'section',
    { class: 'panel panel-pad stack', 'data-testid': 'corrections' },
    ...[el('h2', {}, t('correct-title')), list, form, status],
  );
}
