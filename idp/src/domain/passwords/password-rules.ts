export const MIN_CODE_POINTS = 10;
export const MAX_CODE_POINTS = 128;

export type PasswordFinding = 'password-too-short' | 'password-too-long' | 'password-common' | 'password-personal';

/** As it is compared: NFC, so that one keyboard's é is another's. Undefined where it is longer than can be a password. */
export function normalisePassword(text: string): string | undefined {
  if (text.length > MAX_CODE_POINTS * 4) return undefined;
  const normal = text.normalize('NFC');
  return [...normal].length > MAX_CODE_POINTS ? undefined : normal;
}

/** Rules at setting a password (NIST SP 800-63B §3.1.1.2): long enough, not known to guessers, nothing of the person. */
export function checkNewPassword(
  text: string,
  parts: { isCommon: (password: string) => boolean; personal: readonly string[] },
): { password: string } | { refused: PasswordFinding } {
  const password = normalisePassword(text);
  if (password === undefined) return { refused: 'password-too-long' };
  if ([...password].length < MIN_CODE_POINTS) return { refused: 'password-too-short' };
  if (parts.isCommon(password)) return { refused: 'password-common' };
  const lower = password.toLowerCase();
  if (parts.personal.some((word) => word.length >= 4 && lower.includes(word.toLowerCase())))
    return { refused: 'password-personal' };
  return { password };
}
