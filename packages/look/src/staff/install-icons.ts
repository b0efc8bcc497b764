import source from '../icons.svg?raw';

/**
 * Puts the icon symbols into the page as nodes, so that `<use href="#i-…">` finds them. Parsed as SVG, never set as
 * HTML; the file is part of the build.
 */
export function installIcons(target: Document = document): void {
  const parsed = new DOMParser().parseFromString(source, 'image/svg+xml').documentElement;
  const icons = target.importNode(parsed, true);
  icons.setAttribute('width', '0');
  icons.setAttribute('height', '0');
  icons.setAttribute('class', 'icon-store');
  icons.setAttribute('aria-hidden', 'true');
  icons.setAttribute('focusable', 'false');
  target.body.prepend(icons);
}
