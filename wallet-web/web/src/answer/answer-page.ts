import type { Challenge } from '@lanyard/protocol';
import type { ShowPage } from '../app/page.js';
import { createCodeBox } from '../present/code-box.js';
import { createGateCodeMaker } from '../present/make-gate-code.js';
import { standingOf } from '../present/standing.js';
import { keepRecord } from '../storage/keep-record.js';
import { answerTexts } from '../texts/answer.js';
import { translator } from '../texts/translate.js';
import { el, icon } from '../ui/element.js';
import { drawFrame } from '../ui/frame.js';
import { findCheckpoint, type KnownCheckpoint } from './checkpoint-names.js';
import { readChallenge } from './read-challenge.js';

/** A gate takes codes that are at most so old. */
const ANSWER_MS = 15_000;
const CODE_VERSION = 5;

/** Scan the gate's challenge, see whose it is, touch, show the answer (formats.md §3). Nothing is signed before the touch. */
export const showAnswerPage: ShowPage = async (root, wallet) => {
  const t = translator(answerTexts, wallet.language);
  let stopCamera = () => {};
  let timer: number | undefined;
  const stage = el('div', { class: 'stack' });
  drawFrame(root, wallet, { path: '/answer', title: t('title'), main: stage });
  const stop = () => {
    stopCamera();
    clearTimeout(timer);
  };
  const back = () => el('a', { class: 'btn btn-l btn-block', href: '/', 'data-nav': true }, t('back'));
  const scanButton = (text: 'scan' | 'scan-again') =>
    el(
      'button',
      {
        class: `btn btn-l btn-block ${text === 'scan' ? 'btn-primary' : ''}`.trim(),
        ...{ type: 'button', 'data-testid': 'scan', onclick: () => void scan() },
      },
      icon('camera'),
      t(text),
    );

  function problem(key: 'camera' | 'old' | 'other' | 'no-card' | 'signing'): void {
    stage.replaceChildren(
      el(
        'p',
        { class: 'banner banner-bad', role: 'alert', 'data-testid': 'problem', 'data-code': key },
        icon('bad'),
        t(`problem-${key}`),
      ),
      scanButton('scan-again'),
      back(),
    );
  }

  async function scan(): Promise<void> {
    stop();
    try {
      const { scanCodes } = await import('../claim/scan-codes.js');
      const video = el('video', { class: 'scan-video', playsinline: true, muted: true, 'aria-label': t('scan-label') });
      stopCamera = await scanCodes(video, (text) => {
        stop();
        void ask(text);
      });
      stage.replaceChildren(
        video,
        el(
          'button',
          {
            class: 'btn btn-l btn-block',
            type: 'button',
            onclick: () => {
              stop();
              begin();
            },
          },
          t('scan-stop'),
        ),
      );
    } catch {
      problem('camera');
    }
  }

  async function ask(text: string): Promise<void> {
    const read = readChallenge(text, wallet.clock.nowSeconds());
    if (read.kind !== 'challenge') return problem(read.kind);
    const known = await findCheckpoint(wallet, read.challenge.checkpointNumber);
    const show = el(
      'button',
      { class: `btn btn-l btn-block ${known ? 'btn-primary' : ''}`.trim(), type: 'button', 'data-testid': 'answer' },
      t(known ? 'answer' : 'answer-unknown'),
    );
    show.addEventListener('click', () => void answer(read.challenge, known), { once: true });
    stage.replaceChildren(asker(known), show, scanButton('scan-again'), back());
    show.focus();
  }

  function asker(known: KnownCheckpoint | undefined): HTMLElement {
    const name = known === undefined ? t('unknown') : known[wallet.language];
    const state =
      known === undefined
        ? el('p', { class: 'banner banner-warn' }, icon('warn'), t('unknown-how'))
        : el('p', { class: 'row meta' }, icon('shield', 'i-s'), el('span', {}, t('known')));
    const attributes = {
      class: 'panel panel-pad stack',
      'data-testid': 'asker',
      'data-known': String(known !== undefined),
    };
    return el(
      'section',
      attributes,
      el('p', { class: 'muted' }, t('asks')),
      el('h2', { class: 'row' }, icon('gate'), el('span', {}, name)),
      state,
    );
  }

  async function answer(challenge: Challenge, known: KnownCheckpoint | undefined): Promise<void> {
    const { gate, face, state } = await wallet.kept();
    const standing = standingOf(face, state, wallet.clock.nowMs());
    if (gate === undefined || standing.kind !== 'valid') return problem('no-card');
    try {
      const code = await createGateCodeMaker(gate)(wallet.clock.nowSeconds(), challenge.bytes);
      const box = createCodeBox(CODE_VERSION, 'answer-code', t('code-label'));
      box.show(code);
      stage.replaceChildren(
        asker(known),
        el(
          'section',
          { class: 'panel hang', 'aria-label': t('code-label') },
          box.element,
          el('p', { class: 'alive' }, t('once')),
        ),
        back(),
      );
      timer = window.setTimeout(() => {
        const over = el('p', { class: 'banner', role: 'status', 'data-testid': 'over' }, icon('clock'), t('over'));
        stage.replaceChildren(over, scanButton('scan-again'), back());
      }, ANSWER_MS);
    } catch {
      return problem('signing');
    }
    await wallet.db
      .write((transaction) => keepRecord(transaction, { kind: 'gate-shown', atMs: wallet.clock.nowMs() }))
      .catch(() => {});
  }

  function begin(): void {
    stage.replaceChildren(
      el('section', { class: 'panel panel-pad stack' }, el('p', { class: 'muted' }, t('how')), scanButton('scan')),
      back(),
    );
  }
  begin();
  return stop;
};
