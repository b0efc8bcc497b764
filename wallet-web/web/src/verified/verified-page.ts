import type { ShowPage } from '../app/page.js';
import { createHolderLine } from '../issuer/holder-line.js';
import { translator } from '../texts/translate.js';
import { verifiedTexts } from '../texts/verified.js';
import { el, icon } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { correctionPanel, exportPanel } from './my-data.js';
import { partnerConsents } from './partner-consents.js';
import { verifiedList } from './verified-list.js';

/** Who verified the student and what he may ask of the university about his data. */
export const showVerifiedPage: ShowPage = async (root, wallet) => {
  const t = translator(verifiedTexts, wallet.language);
  const { line } = await wallet.db.read('line');
  const call = createHolderLine(wallet.db, wallet.clock);
  const alive = line !== undefined && !line.ended;
  drawFrame(root, wallet, {
    path: '/records',
    title: t('title'),
    mainClass: 'stack',
    main: [
      el('p', { class: 'banner' }, icon('lock'), el('span', {}, t('about'))),
      ...(alive
        ? [
            verifiedList(wallet, call),
            partnerConsents(wallet, call),
            exportPanel(wallet, call),
            correctionPanel(wallet, call),
          ]
        : [el('p', { class: 'muted' }, t('offline'))]),
    ],
  });
  return () => {};
};
