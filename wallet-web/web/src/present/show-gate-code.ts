import type { WalletContext } from '../app/page.js';
import { takeBrightnessHint } from '../app/preferences.js';
import { keepRecord } from '../storage/keep-record.js';
import type { Face } from '../storage/kept.js';
import type { Kept } from '../storage/wallet-db.js';
import { presentTexts } from '../texts/present.js';
import { translator } from '../texts/translate.js';
import { localTime } from '../ui/dates.js';
import { el, icon } from '../ui/element.js';
import { openSheet } from '../ui/frame.js';
import { createCodeBox } from './code-box.js';
import { type CodeTurns, startCodeTurns } from './code-turns.js';
import { holdWakeLock } from './hold-wake-lock.js';
import { createGateCodeMaker, NoCode } from './make-gate-code.js';

type Mode = 'gate' | 'portable';
const VERSION: Record<Mode, number> = { gate: 5, portable: 11 };

/** Code, ring, clock and what the reader learns, for gates and, on a tap, for checks off campus. */
export async function showGateCode(
  body: HTMLElement,
  parts: { wallet: WalletContext; face: Face; kept: Kept; holder: HTMLElement; notices: HTMLElement[] },
): Promise<() => void> {
  const { wallet, kept, face } = parts;
  const { clock, language, db } = wallet;
  const t = translator(presentTexts, language);
  let turns: CodeTurns | undefined;
  let shown = 0;
  const hang = el('section', { class: 'panel hang' });
  const sees = el('div', { class: 'sees' });
  const time = el('time', {});
  const tick = () => {
    time.textContent = localTime(clock.nowMs());
  };
  tick();
  const ticker = setInterval(tick, 250);
  const wake = holdWakeLock();
  const hint = takeBrightnessHint() ? el('p', { class: 'meta bright' }, t('brightness')) : undefined;

  const segment = (mode: Mode, sign: string) =>
    el(
      'button',
      { type: 'button', 'data-testid': `mode-${mode}`, 'aria-pressed': 'false', onclick: () => void choose(mode) },
      icon(sign, 'i-s'),
      t(mode),
    );
  const buttons = { gate: segment('gate', 'gate'), portable: segment('portable', 'partner') };

  function problem(reason: string): void {
    turns?.stop();
    const key = `problem-${reason}`;
    const text = t((Object.hasOwn(presentTexts, key) ? key : 'problem-signing-failed') as keyof typeof presentTexts);
    hang.replaceChildren(
      el(
        'div',
        { class: 'banner banner-bad', role: 'alert', 'data-testid': 'problem' },
        icon('bad'),
        el('p', {}, text),
      ),
    );
  }

  async function choose(mode: Mode): Promise<void> {
    shown += 1;
    const mine = shown;
    turns?.stop();
    for (const [name, button] of Object.entries(buttons)) button.setAttribute('aria-pressed', String(name === mode));
    hang.setAttribute('aria-label', t(`${mode}-code`));
    try {
      const make = mode === 'gate' ? gateMaker() : await portableMaker();
      if (mine !== shown) return;
      await run(mode, make);
    } catch (error) {
      if (mine === shown) problem(error instanceof NoCode ? error.reason : 'signing-failed');
    }
  }

  function gateMaker(): (timeSeconds: number) => Promise<string> {
    if (kept.gate === undefined) throw new NoCode('pass-missing');
    sees.replaceChildren(
      icon('eye', 'i-s'),
      el('span', {}, t(face.portrait === undefined ? 'gate-sees-no-photo' : 'gate-sees')),
      el(
        'button',
        {
          class: 'btn btn-quiet small',
          type: 'button',
          onclick: () =>
            openSheet(t('not-seen'), t('close'), el('p', {}, t('not-seen-gate')), el('p', {}, t('not-seen-days'))),
        },
        t('not-seen'),
      ),
      el(
        'a',
        { class: 'btn btn-quiet small', href: '/answer', 'data-nav': true, 'data-testid': 'scan-gate' },
        t('scan-gate'),
      ),
    );
    return createGateCodeMaker(kept.gate);
  }

  async function portableMaker(): Promise<(timeSeconds: number) => Promise<string>> {
    const { preparePortable } = await import('./show-portable-code.js');
    const { make, learns } = await preparePortable(wallet);
    sees.replaceChildren(learns);
    return make;
  }

  async function run(mode: Mode, make: (timeSeconds: number) => Promise<string>): Promise<void> {
    const box = createCodeBox(VERSION[mode], `${mode}-code`, t(`${mode}-code`));
    let first = true;
    await new Promise<void>((resolve) => {
      turns = startCodeTurns(
        {
          make: () => make(clock.nowSeconds()),
          show: (code) => {
            box.show(code);
            if (first) {
              const alive = el('p', { class: 'alive' }, el('span', {}, t('renewal')), time);
              const touch = el('button', {
                class: 'touch',
                type: 'button',
                'aria-label': t('new-code'),
                'data-testid': 'new-code',
              });
              touch.addEventListener('click', () => turns?.turnNow());
              box.element.append(touch);
              hang.replaceChildren(box.element, alive, ...(hint === undefined ? [] : [hint]));
            }
            first = false;
            tick();
            resolve();
          },
          fail: (error) => {
            problem(error instanceof NoCode ? error.reason : 'signing-failed');
            resolve();
          },
        },
        {
          setTimeout: (work, ms) => window.setTimeout(work, ms),
          clearTimeout: (id) => window.clearTimeout(id),
          frame: (work) => void requestAnimationFrame(work),
        },
      );
    });
  }

  const afresh = () => {
    // Timers sleep while the page is hidden; what stands there when it comes back must not be old.
    if (document.visibilityState === 'visible') turns?.turnNow();
  };
  document.addEventListener('visibilitychange', afresh);
  const segmentRow = kept.gate === undefined ? [buttons.portable] : [buttons.gate, buttons.portable];
  body.replaceChildren(
    el('div', { class: 'segment', role: 'group', 'aria-label': t('shown-to') }, segmentRow),
    ...parts.notices,
    hang,
    parts.holder,
    sees,
  );
  await choose(kept.gate === undefined ? 'portable' : 'gate');
  if (kept.gate !== undefined)
    void db
      .write((transaction) => keepRecord(transaction, { kind: 'gate-shown', atMs: clock.nowMs() }))
      .catch(() => {});
  return () => {
    shown += 1;
    turns?.stop();
    clearInterval(ticker);
    wake();
    document.removeEventListener('visibilitychange', afresh);
  };
}
