import type { WalletContext } from '../app/page.js';
import { claimLabel } from '../consent/claim-words.js';
import type { CallIssuer } from '../issuer/holder-line.js';
import { translator } from '../texts/translate.js';
import { verifiedTexts } from '../texts/verified.js';
import { proseMoment } from '../ui/dates.js';
import { el, icon } from '../ui/element.js';
import { openSheet } from '../ui/frame.js';

/** What `GET /v1/holder/partner-consents` answers of each check. */
interface Consent {
  readonly partner: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly claims: readonly string[];
  readonly at: string;
  readonly revoked_at: string | null;
}

/** Partners that may still read what they were told, each with a way to end that. Nothing where there is none. */
export function partnerConsents(wallet: WalletContext, call: CallIssuer): HTMLElement {
  const { language } = wallet;
  const t = translator(verifiedTexts, language);
  const base = `${wallet.config.issuer}/v1/holder/partner-consents`;
  const list = el('ul', { class: 'list' });
  const section = el(
    'section',
    { class: 'panel panel-pad stack', 'data-testid': 'partner-consents', hidden: true },
    el('h2', {}, t('consents-title')),
    el('p', { class: 'muted' }, t('consents-about')),
    list,
  );

  async function load(): Promise<void> {
    const { consents } = await call<{ consents: readonly Consent[] }>(base, { timeoutMs: 20_000 });
    const byPartner = new Map<string, Consent[]>();
    for (const one of consents) byPartner.set(one.partner, [...(byPartner.get(one.partner) ?? []), one]);
    list.replaceChildren(...[...byPartner.values()].map(row));
    section.hidden = consents.length === 0;
  }

  function row(checks: readonly Consent[]): HTMLElement {
    const [newest] = [...checks].sort((a, b) => b.at.localeCompare(a.at));
    if (newest === undefined) return el('li', {});
    const name = language === 'zh' ? newest.name_zh : newest.name_en;
    const standing = checks.filter((one) => one.revoked_at === null);
    const claims = [...new Set(standing.flatMap((one) => one.claims))].map((claim) => claimLabel(claim, language));
    const said = [
      t(standing.length === 0 ? 'consent-ended' : 'consent-stands', { count: checks.length }),
      proseMoment(Date.parse(newest.at), language),
    ];
    return el(
      'li',
      { class: 'item', 'data-partner': newest.partner, 'data-state': standing.length === 0 ? 'revoked' : 'standing' },
      el('span', { class: 'item-icon' }, icon('partner')),
      el(
        'div',
        { class: 'grow' },
        el('p', { class: 'item-title' }, name),
        el('p', { class: 'meta' }, said.join(' · ')),
        claims.length === 0 ? undefined : el('p', { class: 'meta' }, t('learned', { list: claims.join(t('list')) })),
      ),
      standing.length === 0
        ? undefined
        : el(
            'button',
            { class: 'btn', type: 'button', onclick: () => confirm(newest.partner, name), 'data-testid': 'take-back' },
            t('consent-take-back'),
          ),
    );
  }

  function confirm(partner: string, name: string): void {
    const problem = el('div', {});
    const sheet = openSheet(
      t('consent-take-back-of', { name }),
      t('consent-keep'),
      el('p', {}, t('consent-take-back-what')),
      problem,
      el(
        'button',
        {
          class: 'btn btn-danger btn-l btn-block',
          type: 'button',
          'data-testid': 'take-back-confirm',
          onclick: () => {
            call(`${base}/${partner}/revoke`, { body: {}, timeoutMs: 20_000 })
              .then(load)
              .then(
                () => sheet.close(),
                () =>
                  problem.replaceChildren(el('p', { class: 'error', role: 'alert' }, icon('bad'), t('consent-failed'))),
              );
          },
        },
        t('consent-take-back'),
      ),
    );
  }

  // Where the verifier cannot be asked the list of verifications says so already.
  load().catch(() => {});
  return section;
}
