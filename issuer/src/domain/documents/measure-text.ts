/** Advances of Helvetica for U+0020 to U+007E, in thousandths of the size. All else is written in STSong-Light, and 1000 wide. */
const HELVETICA: readonly number[] = [
  ...[278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278],
  ...[556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556],
  ...[1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778],
  ...[667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556],
  ...[333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556],
  ...[556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584],
];
const WIDE = 1_000;
const widthOf = (character: string): number => HELVETICA[(character.codePointAt(0) ?? 0) - 0x20] ?? WIDE;

/** Length of a line in points. */
export const textWidth = (text: string, size: number): number =>
  ([...text].reduce((total, character) => total + widthOf(character), 0) * size) / 1000;

/** Pieces that stay on one line: Latin words, and a character with the marks that never begin a line. */
const PIECES = /[\x21-\x7e]+\x20*|\x20+|[^\x20-\x7e][·，。、；：！？）》」』”]*/gu;

/** Lines no longer than `width` points. */
export function wrapText(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  const push = (piece: string) => {
    if (textWidth(line + piece, size) <= width) {
      line += piece;
      return;
    }
    if (line !== '') lines.push(line.trimEnd());
    line = '';
    if (textWidth(piece, size) <= width) line = piece.trimStart();
    else for (const character of piece) push(character);
  };
  for (const [piece] of text.matchAll(PIECES)) push(piece);
  if (line !== '' || lines.length === 0) lines.push(line.trimEnd());
  return lines;
}
