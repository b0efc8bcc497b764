/** Advances of STSong-Light for U+0020 to U+007E, in thousandths of the size: CIDs 1 to 95 of Adobe-GB1. All else is 1000. */
export const SONG_ASCII_WIDTHS: readonly number[] = [
  ...[207, 270, 342, 467, 462, 797, 710, 239, 374, 374, 423, 605, 238, 375, 238, 334],
  ...[462, 462, 462, 462, 462, 462, 462, 462, 462, 462, 238, 238, 605, 605, 605, 344],
  ...[748, 684, 560, 695, 739, 563, 511, 729, 793, 318, 312, 666, 526, 896, 758, 772],
  ...[544, 772, 628, 465, 607, 753, 711, 972, 647, 620, 607, 374, 333, 374, 606, 500],
  ...[239, 417, 503, 427, 529, 415, 264, 444, 518, 241, 230, 495, 228, 793, 527, 524],
  ...[524, 504, 338, 336, 277, 517, 450, 652, 466, 452, 407, 370, 258, 370, 605],
];
const WIDE = 1_000;
const widthOf = (character: string): number => SONG_ASCII_WIDTHS[(character.codePointAt(0) ?? 0) - 0x20] ?? WIDE;

/** Length of a line in points. */
export const textWidth = (text: string, size: number): number =>
  ([...text].reduce((total, character) => total + widthOf(character), 0) * size) / 1000;

/** Lines no longer than `width` points; words of Latin letters stay whole where they fit a line. */
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
  for (const [piece] of text.matchAll(/[\x21-\x7e]+\x20*|\x20+|[^\x20-\x7e]/gu)) push(piece);
  if (line !== '' || lines.length === 0) lines.push(line.trimEnd());
  return lines;
}
