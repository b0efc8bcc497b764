import type { ShowPage, WalletContext } from '../app/page.js';
import { claimLabel } from '../consent/claim-words.js';
import { isPast } from '../storage/keep-record.js';
import type { KeptRecord, RecordKind } from '../storage/kept.js';
import { recordsTexts } from '../texts/records.js';
import { reasonKey, stateTexts } from '../texts/state.js';
import { type Translate, translator } from '../texts/translate.js';
import { localDate, localTime, proseDate } from '../ui/dates.js';
import { el, icon } from '../ui/element.js';
import { drawFrame, openSheet } from '../ui/frame.js';
import { download, exportRecords } from './export-records.js';
import { whoLooked } from './who-looked.js';

const SIGN: Record<RecordKind, [icon: string, tone: string]> = {
  claimed: ['id', 'ic-m1'],
  'gate-shown': ['gate', 'ic-m5'],
  'portable-shown': ['partner', 'ic-m5'],
  presented: ['shield', 'ic-m1'],
  declined: ['x', 'ic-m5'],
  blocked: ['warn', 'ic-bad'],
  'other-claimed': ['id', 'ic-m1'],
  deleted: ['trash', 'ic-m5'],
  suspended: ['pause', 'ic-bad'],
  revoked: ['bad', 'ic-bad'],
  reinstated: ['ok', 'ic-ok'],
  renewed: ['cal', 'ic-ok'],
};

/** This device's own showings and changes, newest first, by day. */
export const showRecordsPage: ShowPage = async (root, wallet) => {
  const { language, clock } = wallet;
  const t = translator(recordsTexts, language);
  const ts = translator(stateTexts, language);
  const { line } = await wallet.db.read('line');
  const records = (await wallet.db.records()).filter((record) => !isPast(record, clock.nowMs())).reverse();
  const days = new Map<string, KeptRecord[]>();
  for (const record of records) {
    const day = localDate(record.atMs);
    days.set(day, [...(days.get(day) ?? []), record]);
  }
  const learnedBy = ({ learned: names = [] }: KeptRecord) =>
    names.length === 0
      ? t('learned-card')
      : t('learned-claims', { list: names.map((name) => claimLabel(name, language)).join(t('list')) });
  const learned = (record: KeptRecord) => {
    if (record.kind === 'gate-shown') return t('learned-gate');
    if (record.kind === 'portable-shown') return t('learned-portable');
    if (record.kind === 'declined' || record.kind === 'blocked') return t('learned-nothing');
    if (record.kind === 'presented') return learnedBy(record);
    return record.reason === undefined ? undefined : t('reason', { reason: ts(reasonKey(record.reason)) });
  };
  const row = (record: KeptRecord) => {
    const [sign, tone] = SIGN[record.kind];
    const more = learned(record);
    return el(
      'li',
      { class: 'item', 'data-kind': record.kind },
      el('span', { class: `item-icon ${tone}` }, icon(sign)),
      el(
        'div',
        { class: 'grow' },
        el(
          'p',
          { class: 'row between' },
          el('span', { class: 'item-title' }, t(record.kind)),
          el('span', { class: 'meta' }, localTime(record.atMs).slice(0, 5)),
        ),
        record.to === undefined ? undefined : el('p', { class: 'meta' }, `${record.to.name} · ${record.to.host}`),
        record.known === false ? el('p', { class: 'meta' }, t('uncertified')) : undefined,
        record.purpose === undefined
          ? undefined
          : el('p', { class: 'meta' }, t('purpose', { purpose: record.purpose[language] })),
        record.cards === undefined
          ? undefined
          : el('p', { class: 'meta' }, t('shown-cards', { list: record.cards.join(t('list')) })),
        more === undefined ? undefined : el('p', { class: 'meta' }, more),
      ),
    );
  };
  const today = localDate(clock.nowMs());
  drawFrame(root, wallet, {
    path: '/records',
    title: t('title'),
    mainClass: 'stack',
    main: [
      el('p', { class: 'banner' }, icon('lock'), el('span', {}, t('about'))),
      line === undefined || line.ended
        ? undefined
        : el(
            'a',
            { class: 'btn btn-block', href: '/verified', 'data-nav': true, 'data-testid': 'open-verified' },
            icon('shield', 'i-s'),
            t('open-verified'),
          ),
      line === undefined || line.ended ? undefined : whoLooked(wallet),
      days.size === 0
        ? el(
            'section',
            { class: 'panel panel-pad stack', 'data-testid': 'empty' },
            el('h2', {}, t('empty')),
            el('p', { class: 'muted' }, t('empty-how')),
          )
        : el(
            'div',
            { class: 'rows', 'data-testid': 'records' },
            [...days].map(([day, rows]) => {
              const date = proseDate(rows[0]?.atMs ?? 0, language);
              return el(
                'section',
                {},
                el('h2', { class: 'day' }, day === today ? t('today', { date }) : date),
                el('ul', { class: 'panel list' }, rows.map(row)),
              );
            }),
            el(
              'div',
              { class: 'stack' },
              el(
                'button',
                {
                  class: 'btn btn-block',
                  type: 'button',
                  'data-testid': 'export-records',
                  onclick: () => download(`records-${today}.json`, exportRecords(records, clock.nowMs())),
                },
                icon('download', 'i-s'),
                t('export'),
              ),
              el(
                'button',
                {
                  class: 'btn btn-danger-line btn-block',
                  type: 'button',
                  'data-testid': 'delete-records',
                  onclick: () => confirmDelete(wallet, records.length, t),
                },
                icon('trash', 'i-s'),
                t('delete-all'),
              ),
            ),
          ),
    ],
  });
  return () => {};
};

/** Two taps, with what it means between them. */
function confirmDelete(wallet: WalletContext, count: number, t: Translate<typeof recordsTexts>): void {
  const problem = el('div', {});
  const sheet = openSheet(
    t('delete-all'),
    t('cancel'),
    el('p', {}, t('delete-what', { count })),
    problem,
    el(
      'button',
      {
        class: 'btn btn-danger btn-l btn-block',
        type: 'button',
        'data-testid': 'delete-records-confirm',
        onclick: () => {
          wallet.db
            .write((transaction) => transaction.objectStore('records').clear())
            .then(
              () => {
                sheet.close();
                wallet.redraw();
              },
              () =>
                problem.replaceChildren(el('p', { class: 'error', role: 'alert' }, icon('bad'), t('delete-failed'))),
            );
        },
      },
      t('delete-confirm', { count }),
    ),
  );
}
