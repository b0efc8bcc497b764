import qr from 'qrcode/lib/core/qrcode.js';

/** Modules of white on each side. */
export const QUIET_MODULES = 4;

/** Any mask is decoded; a fixed one spares trying all eight, ten times the work. */
const MASK = 0;

/** The dark modules of an alphanumeric code as one path, quiet zone included; `modules` counts without it. */
export function qrPath(text: string, version: number): { path: string; modules: number } {
  const { modules } = qr.create([{ data: text, mode: 'alphanumeric' }], {
    version,
    errorCorrectionLevel: 'L',
    maskPattern: MASK,
  });
  let path = '';
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (!modules.get(row, column)) continue;
      let length = 1;
      while (column + length < modules.size && modules.get(row, column + length)) length += 1;
      path += `M${column + QUIET_MODULES} ${row + QUIET_MODULES}h${length}v1h-${length}z`;
      column += length;
    }
  }
  return { path, modules: modules.size };
}

/** Width of a module in whole px, so that every edge is crisp. */
export function modulePixels(widthPx: number, modules: number): number {
  return Math.max(2, Math.floor((Math.min(widthPx, 430) - 75) / (modules + 2 * QUIET_MODULES)));
}
