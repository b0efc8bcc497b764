import { el, svg } from '../ui/element.js';
import { TURN_MS } from './code-turns.js';
import { modulePixels, QUIET_MODULES, qrPath } from './qr-path.js';

export interface CodeBox {
  readonly element: HTMLElement;
  /** Puts a code and a full ring up in this frame. */
  show(text: string): void;
}

/** The code in its ring: black on white in every theme, four modules of white, crisp edges. */
export function createCodeBox(version: number, testId: string, label: string): CodeBox {
  const total = 4 * version + 17 + 2 * QUIET_MODULES;
  const modulePx = modulePixels(window.innerWidth, total - 2 * QUIET_MODULES);
  const codePx = total * modulePx;
  const boxPx = codePx + 24;
  const dark = svg('path', { fill: '#000000' });
  const code = svg(
    'svg',
    {
      class: 'qr',
      width: String(codePx),
      height: String(codePx),
      viewBox: `0 0 ${total} ${total}`,
      'shape-rendering': 'crispEdges',
      role: 'img',
      'aria-label': label,
      'data-testid': testId,
    },
    svg('rect', { width: String(total), height: String(total), fill: '#FFFFFF' }),
    dark,
  );
  const around = ringPath(boxPx);
  const run = svg('path', { class: 'ring-run', pathLength: '1000', d: around });
  const ring = svg(
    'svg',
    { class: 'ring', viewBox: `0 0 ${boxPx} ${boxPx}`, 'aria-hidden': 'true' },
    svg('path', { class: 'ring-track', d: around }),
    run,
  );
  const element = el('div', { class: 'code-box' });
  element.style.setProperty('--n', String(total));
  element.style.setProperty('--m', `${modulePx}px`);
  element.append(ring, code);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  return {
    element,
    show(text) {
      dark.setAttribute('d', qrPath(text, version).path);
      // Tests and scanners that read the page rather than the glass see when it changed.
      element.dataset['turn'] = String(Number(element.dataset['turn'] ?? '0') + 1);
      for (const old of run.getAnimations()) old.cancel();
      run.animate([{ strokeDashoffset: 0 }, { strokeDashoffset: -1000 }], {
        duration: TURN_MS,
        easing: still ? 'steps(10, jump-end)' : 'linear',
        fill: 'forwards',
      });
    },
  };
}

/** A rounded square that begins at 12 o'clock and runs clockwise. */
function ringPath(size: number): string {
  const half = size / 2;
  const near = 3;
  const far = size - near;
  const radius = 19;
  const [a, b] = [near + radius, far - radius];
  return `M${half} ${near}H${b}a${radius} ${radius} 0 0 1 ${radius} ${radius}V${b}a${radius} ${radius} 0 0 1-${radius} ${radius}H${a}a${radius} ${radius} 0 0 1-${radius}-${radius}V${a}a${radius} ${radius} 0 0 1 ${radius}-${radius}z`;
}
