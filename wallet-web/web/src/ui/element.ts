type Attribute = string | true | undefined | ((event: Event) => void);
export type Child = Node | string | undefined | readonly Child[];

/** Makes an element; a function is a listener, `true` an empty attribute, undefined leaves it out. Text stays text. */
export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (typeof value === 'function') element.addEventListener(key.replace(/^on/, ''), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  append(element, children);
  return element;
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined) continue;
    if (typeof child === 'string' || child instanceof Node) element.append(child);
    else append(element, child);
  }
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(name: string, attributes: Record<string, string>, ...children: SVGElement[]): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** An icon of the shared set; always beside a word, so hidden from readers. */
export function icon(name: string, size: '' | 'i-s' | 'i-xs' = ''): SVGElement {
  return svg('svg', { class: `i ${size}`.trim(), 'aria-hidden': 'true' }, svg('use', { href: `#i-${name}` }));
}

/** A person's name: one face, never cut, breaking only after the dot. */
export function personName(name: string, attributes: Record<string, string> = {}): HTMLElement {
  const parts = name.match(/[^·]*·|[^·]+/g) ?? [];
  return el(
    'p',
    { class: 'name', lang: 'zh-CN', ...attributes },
    parts.map((part, index) => [part, index < parts.length - 1 ? el('wbr') : undefined]),
  );
}
