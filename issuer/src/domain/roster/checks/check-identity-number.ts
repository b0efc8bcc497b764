import type { RowReport } from '../finding.js';
import type { Sex } from '../roster-record.js';

export const residentIdentityCard = '居民身份证';
const residentSpellings: ReadonlySet<string> = new Set([
  residentIdentityCard,
  '身份证',
  '中华人民共和国居民身份证',
  '二代身份证',
  '第二代居民身份证',
  '二代居民身份证',
  '临时居民身份证',
]);

/** The document's name with every spelling of the resident identity card brought to one; others stay free text. */
export function identityDocumentTypeOf(cell: string): string {
  return residentSpellings.has(cell) ? residentIdentityCard : cell;
}

// GB 11643: weights 2^(17 - i) mod 11, remainder of the sum over 17 digits selects the check character.
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkCharacters = '10X98765432';

/**
 * A resident identity card number against itself and against birth date and sex of the row (GB 11643). Other documents
 * are free text and are only required to be there. Numbers of 15 digits ended in 2013 and are refused by length.
 *
 * @returns the number as it is to be stored, or undefined when it is none. A number that differs from the rest of the
 * row is returned: it still takes part in the search for duplicates.
 */
export function checkIdentityNumber(
  type: string,
  cell: string,
  birthDate: string | undefined,
  sex: Sex | undefined,
  report: RowReport,
): string | undefined {
  if (type !== residentIdentityCard) {
    if (cell === '') report.add('value-missing', 'identityNumber');
    return cell === '' ? undefined : cell.toUpperCase();
  }
  if (cell.length !== 18) {
    report.add('identity-number-length', 'identityNumber');
    return undefined;
  }
  let sum = 0;
  let wellFormed = true;
  for (let index = 0; index < 17; index += 1) {
    const digit = cell.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) wellFormed = false;
    sum += digit * (weights[index] ?? 0);
  }
  const lower = cell.charCodeAt(17) === 0x78;
  const number = lower ? `${cell.slice(0, 17)}X` : cell;
  if (lower) report.add('lower-case-check-character', 'identityNumber');
  const right = wellFormed && number.charCodeAt(17) === checkCharacters.charCodeAt(sum % 11);
  if (!right) report.add('identity-number-check-digit', 'identityNumber');
  if (wellFormed && birthDate !== undefined && !holdsDate(number, birthDate)) {
    report.add('birth-date-differs-from-identity-number', 'birthDate');
  }
  if (wellFormed && (sex === 1 || sex === 2) && ((number.charCodeAt(16) & 1) === 1) !== (sex === 1)) {
    report.add('sex-differs-from-identity-number', 'sex');
  }
  return right ? number : undefined;
}

/** Whether digits 7 to 14 spell the full-date. */
function holdsDate(number: string, fullDate: string): boolean {
  return (
    number.startsWith(fullDate.slice(0, 4), 6) &&
    number.startsWith(fullDate.slice(5, 7), 10) &&
    number.startsWith(fullDate.slice(8, 10), 12)
  );
}
