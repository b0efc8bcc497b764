import type { WalletContext } from '../app/page.js';
import { claimLabel } from '../consent/claim-words.js';
import type { CallIssuer } from '../issuer/holder-line.js';
import { nodTexts } from '../texts/nod.js';
import { translator } from '../texts/translate.js';
import { verifiedTexts } from '../texts/verified.js';
import { proseMoment } from '../ui/dates.js';
import { el, icon } from '../ui/element.js';

type Names = { readonly name_zh: string; readonly name_en: string };
type TextKey = keyof typeof verifiedTexts;
/** What `GET /v1/holder/verifications` answers of each; `at` in Unix seconds. */
interface Verification {
  readonly at: number;
  readonly kind: string;
  readonly who: Names | null;
  readonly asker: string | null;
  readonly purpose: string | Names | null;
  readonly reason: string | null;
  readonly claims: readonly string[];
  readonly result: string;
}
interface Page {
  readonly verifications: readonly Verification[];
  readonly next: string | null;
  readonly missing: readonly ('verifier' | 'idp')[];
}

const isKey = (key: string): key is TextKey => Object.hasOwn(verifiedTexts, key);

/** Everybody who verified the student, page by page, the newest first. Asked for when shown, kept nowhere. */
export function verifiedList(wallet: WalletContext, call: CallIssuer): HTMLElement {
  const { language } = wallet;
  const t = translator(verifiedTexts, language);
  const tn = translator(nodTexts, language);
  const said = (key: string, other: TextKey): string => t(isKey(key) ? key : other);
  const named = (names: Names) => (language === 'zh' ? names.name_zh : names.name_en);
  const notes = el('div', { class: 'stack' });
  const list = el('ul', { class: 'list' });
  const more = el('div', {});

  const purposeOf = ({ purpose }: Verification): string | undefined => {
    if (purpose === null) return undefined;
    if (typeof purpose !== 'string') return named(purpose);
    const known = `purpose-${purpose}`;
    return Object.hasOwn(nodTexts, known) ? tn(known as keyof typeof nodTexts) : purpose;
  };
  const row = (one: Verification) => {
    const who = one.who === null ? said(`asker-${one.asker ?? 'other'}`, 'asker-other') : named(one.who);
    const purpose = purposeOf(one);
    const claims = one.claims.map((name) => claimLabel(name, language)).join(t('list'));
    return el(
      'li',
      { class: 'item', 'data-kind': one.kind },
      el(
        'span',
        { class: 'item-icon' },
        icon(one.kind === 'passage' ? 'gate' : one.kind === 'partner' ? 'partner' : 'user'),
      ),
      el(
        'div',
        { class: 'grow' },
        el('p', { class: 'item-title' }, said(`kind-${one.kind}`, 'asker-other')),
        el(
          'p',
          { class: 'meta' },
          [who, said(`result-${one.result}`, 'asker-other'), proseMoment(one.at * 1000, language)].join(' · '),
        ),
        purpose === undefined ? undefined : el('p', { class: 'meta' }, t('purpose', { purpose })),
        claims === '' ? undefined : el('p', { class: 'meta' }, t('learned', { list: claims })),
        one.reason === null ? undefined : el('p', { class: 'meta' }, t('reason', { reason: one.reason })),
      ),
    );
  };

  async function load(after: string | undefined): Promise<void> {
    const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`;
    try {
      const page = await call<Page>(`${wallet.config.issuer}/v1/holder/verifications${query}`, { timeoutMs: 20_000 });
      notes.replaceChildren(
        ...page.missing.map((source) =>
          el('p', { class: 'banner banner-warn', role: 'status' }, icon('warn'), t(`missing-${source}`)),
        ),
      );
      list.append(...page.verifications.map(row));
      if (list.childElementCount === 0)
        list.append(el('li', { class: 'item' }, el('p', { class: 'muted' }, t('none'))));
      const { next } = page;
      more.replaceChildren(
        ...(next === null
          ? []
          : [el('button', { class: 'btn btn-block', type: 'button', onclick: () => void load(next) }, t('more'))]),
      );
    } catch {
      notes.replaceChildren(el('p', { class: 'muted', role: 'status' }, t('offline')));
    }
  }
  void load(undefined);
  return el('section', { class: 'panel stack', 'data-testid': 'verified' }, notes, list, more);
}
