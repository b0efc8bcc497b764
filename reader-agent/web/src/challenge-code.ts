import qr from 'qrcode/lib/core/qrcode.js';

const quietModules = 4;
const namespace = 'http://www.w3.org/2000/svg';

/** A challenge as a QR code: black on white with four modules of white, alphanumeric, version 4-M. */
export function challengeCode(text: string, label: string): SVGSVGElement {
  const options = { version: 4, errorCorrectionLevel: 'M', maskPattern: 0 } as const;
  const { modules } = qr.create([{ data: text, mode: 'alphanumeric' }], options);
  const size = modules.size + 2 * quietModules;
  let path = '';
  for (let y = 0; y < modules.size; y += 1) {
    for (let x = 0; x < modules.size; x += 1) {
      if (modules.get(y, x)) path += `M${x + quietModules} ${y + quietModules}h1v1h-1z`;
    }
  }
  const svg = document.createElementNS(namespace, 'svg');
  const attributes = {
    class: 'challenge',
    viewBox: `0 0 ${size} ${size}`,
    'shape-rendering': 'crispEdges',
    role: 'img',
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  svg.setAttribute('aria-label', label);
  const ink = document.createElementNS(namespace, 'path');
  ink.setAttribute('fill', '#000000');
  ink.setAttribute('d', path);
  svg.append(ink);
  return svg;
}
