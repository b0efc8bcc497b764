import type { WalletContext } from '../app/page.js';
import { presentTexts } from '../texts/present.js';
import { translator } from '../texts/translate.js';
import { localDate } from '../ui/dates.js';
import { el } from '../ui/element.js';
import { createPortableCodeMaker, takePass } from './make-portable-code.js';

const KIND_TEXT = { student: 'learn-student', exchange: 'learn-exchange', alumni: 'learn-alumni' } as const;

/** One showing of a portable code: a pass is taken, and what its bytes say is put into words. */
export async function preparePortable(
  wallet: WalletContext,
): Promise<{ make: (timeSeconds: number) => Promise<string>; learns: HTMLElement }> {
  const t = translator(presentTexts, wallet.language);
  const taken = await takePass(wallet.db, wallet.clock.nowMs());
  const { claims } = taken;
  const own = claims.universityCode === wallet.config.universityCode;
  const until = new Date(claims.registeredUntilDay * 86_400_000).toISOString().slice(0, 10);
  const registered = claims.registeredUntilDay > 0 && until >= localDate(wallet.clock.nowMs());
  const facts = [
    t('learn-university', { name: own ? wallet.config.universityName : claims.universityCode }),
    t(KIND_TEXT[claims.kind]),
    ...(claims.level === 'unstated' ? [] : [t('learn-level', { level: t(`level-${claims.level}`) })]),
    registered ? t('learn-registered', { date: until }) : t('learn-not-registered'),
  ];
  if (taken.left <= 3) wallet.contact();
  return {
    make: createPortableCodeMaker(taken.pass),
    learns: el(
      'section',
      { class: 'panel panel-pad stack learns', 'data-testid': 'learns' },
      el('p', {}, t('portable-says')),
      el(
        'ul',
        { class: 'bullets' },
        facts.map((fact) => el('li', {}, fact)),
      ),
      el('p', { class: 'muted small' }, t('learn-not')),
      taken.reused ? el('p', { class: 'banner banner-warn' }, t('portable-reused')) : undefined,
    ),
  };
}
