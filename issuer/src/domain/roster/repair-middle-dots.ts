/**
 * Signs written for the middle dot between the parts of a name. The first group has no other use in a name; the
 * second has (initials, abbreviations), so it counts only between two Han characters.
 */
const alwaysADot =
  '\u00b7\u0387\u1427\u16eb\u2022\u2023\u2024\u2027\u2043\u2218\u2219\u22c5\u25aa\u25ab\u25cb\u25cf\u25d8\u25e6' +
  '\u25fd\u25fe\u26aa\u26ab\u2981\u2b1d\u2b2a\u2e30\u2e31\u2e33\u30fb\ua78f\ufe45\uff65\u{10101}';
const aDotBetweenHan = `${alwaysADot}.\uff0e\ufe52\u3002\uff61*\uff0a`;

const betweenLetters = new RegExp(
  `(?<=[\\p{L}\\p{M}\\p{N}]) *[${alwaysADot}](?: *[${alwaysADot}])* *(?=[\\p{L}\\p{N}])`,
  'gu',
);
const betweenHan = new RegExp(`(?<=\\p{Script=Han}) *[${aDotBetweenHan}]+ *(?=\\p{Script=Han})`, 'gu');

/** Writes U+00B7 without spaces for every middle-dot look-alike between two parts of a name. */
export function repairMiddleDots(name: string): string {
  return name.replace(betweenLetters, '\u00b7').replace(betweenHan, '\u00b7');
}
