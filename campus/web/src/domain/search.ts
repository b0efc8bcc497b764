import type { ServiceLine } from '../answers.js';

/** The first characters of each Latin initial in the order of Chinese collation; no table of readings is needed. */
const FIRST = '阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀';
const LETTERS = 'ABCDEFGHJKLMNOPQRSTWXYZ';
const collator = new Intl.Collator('zh-Hans-CN');

/** `请销假` → `qxj`; what is not Chinese stays as it is. */
export function initialsOf(text: string): string {
  return [...text]
    .map((character) => {
      if (!/\p{Script=Han}/u.test(character)) return character;
      let found = '';
      for (let at = 0; at < FIRST.length; at++)
        if (collator.compare(character, FIRST[at] as string) >= 0) found = LETTERS[at] as string;
      return found;
    })
    .join('')
    .toLowerCase();
}

/** Services that hold every word of the question, in either language or by initials; those named so stand first. */
export function searchServices<Line extends Pick<ServiceLine, 'title' | 'summary'>>(
  services: readonly Line[],
  question: string,
): readonly Line[] {
  const words = question.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return services;
  const ranked = services.flatMap((service) => {
    const titles = `${service.title.zh} ${service.title.en}`.toLowerCase();
    const all = `${titles} ${service.summary.zh} ${service.summary.en}`.toLowerCase();
    const initials = initialsOf(service.title.zh);
    if (words.every((word) => titles.includes(word))) return [{ service, rank: 0 }];
    if (words.every((word) => initials.startsWith(word))) return [{ service, rank: 1 }];
    if (words.every((word) => all.includes(word) || initials.includes(word))) return [{ service, rank: 2 }];
    return [];
  });
  return ranked.sort((one, other) => one.rank - other.rank).map(({ service }) => service);
}
