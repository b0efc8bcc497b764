import { svg } from '../ui/element.js';

const WIDTH = 360;
const STEP = 12;

/** The wavy ground of the card: two sines of different period, moved on line by line. Decoration only. */
export function guilloche(): SVGElement {
  let path = '';
  for (let line = 0; line < 8; line += 1) {
    const phase = (line * Math.PI) / 4;
    for (let x = 0; x <= WIDTH; x += STEP) {
      const y = 90 + 36 * Math.sin(phase + x / 46) + 27 * Math.sin(x / 29 + 2 * phase);
      path += `${x === 0 ? 'M' : 'L'}${x} ${y.toFixed(1)}`;
    }
  }
  return svg(
    'svg',
    { class: 'guilloche', viewBox: `0 0 ${WIDTH} 180`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('path', { d: path, fill: 'none', stroke: '#fff', 'stroke-width': '1', opacity: '0.14' }),
  );
}
