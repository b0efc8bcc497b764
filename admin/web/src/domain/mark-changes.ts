/** A piece of an old or new value; `changed` pieces are marked. */
export interface Piece {
  text: string;
  changed: boolean;
}

export interface MarkedChange {
  from: Piece[];
  to: Piece[];
  /** Code points of the changed characters, `U+2022 → U+00B7`, when few enough to help. */
  named: string | undefined;
}

const MAX_COMPARED = 200;
const MAX_NAMED = 2;
// What cannot be seen: control and format characters, and spaces other than the ordinary one.
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** Compares two values character by character (longest common subsequence over code points). */
export function markChanges(from: string, to: string): MarkedChange {
  const [a, b] = [[...from], [...to]];
  if (a.length > MAX_COMPARED || b.length > MAX_COMPARED) return { from: whole(from), to: whole(to), named: undefined };
  const kept = commonSubsequence(a, b);
  const [goneA, goneB] = [unkept(a, kept.inA), unkept(b, kept.inB)];
  return {
    from: toPieces(a, kept.inA),
    to: toPieces(b, kept.inB),
    named:
      kept.inA.size > 0 && goneA.length + goneB.length > 0 && goneA.length <= MAX_NAMED && goneB.length <= MAX_NAMED
        ? nameChange(goneA, goneB)
        : undefined,
  };
}

/** `U+00B7`; what cannot be seen is shown that way too. */
export function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A text whose invisible characters can be read. */
export function showInvisible(text: string): string {
  return [...text]
    .map((character) => (INVISIBLE.test(character) ? `[${codePointName(character)}]` : character))
    .join('');
}

function nameChange(gone: string[], come: string[]): string {
  const names = (list: string[]) => list.map(codePointName).join(' ');
  if (gone.length === 0) return `+ ${names(come)}`;
  if (come.length === 0) return `− ${names(gone)}`;
  return `${names(gone)} → ${names(come)}`;
}

const whole = (text: string): Piece[] => (text === '' ? [] : [{ text: showInvisible(text), changed: false }]);
const unkept = (list: string[], kept: Set<number>) => list.filter((_, index) => !kept.has(index));

function toPieces(list: string[], kept: Set<number>): Piece[] {
  const pieces: Piece[] = [];
  list.forEach((character, index) => {
    const changed = !kept.has(index);
    const last = pieces.at(-1);
    const text = showInvisible(character);
    if (last !== undefined && last.changed === changed) last.text += text;
    else pieces.push({ text, changed });
  });
  return pieces;
}

function commonSubsequence(a: string[], b: string[]): { inA: Set<number>; inB: Set<number> } {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const [inA, inB] = [new Set<number>(), new Set<number>()];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      inA.add(i++);
      inB.add(j++);
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return { inA, inB };
}
