/** 32 signs without I, L, O and U: nobody has to guess what a printed sign is. */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;
const TAKEN_FOR: Record<string, string> = { O: '0', I: '1', L: '1' };

declare const claimCode: unique symbol;
/** A claim code (领取码) in its one form: 16 signs, 80 random bits. */
export type ClaimCode = string & { readonly [claimCode]: true };

/** @param random 10 bytes */
export function makeClaimCode(random: Uint8Array): ClaimCode {
  if (random.length !== 10) throw new TypeError('a claim code is made of 10 bytes');
  let bits = 0n;
  for (const byte of random) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let index = 0; index < LENGTH; index += 1) {
    text = (SIGNS[Number(bits & 31n)] ?? '') + text;
    bits >>= 5n;
  }
  return text as ClaimCode;
}

/** As people type it: any case, with spaces and hyphens, and the signs that look alike. Undefined where it is none. */
export function parseClaimCode(text: string): ClaimCode | undefined {
  if (text.length > 64) return undefined;
  const signs = [...text.normalize('NFKC').toUpperCase()].filter((sign) => !/[\s-]/.test(sign));
  const read = signs.map((sign) => TAKEN_FOR[sign] ?? sign);
  return read.length === LENGTH && read.every((sign) => SIGNS.includes(sign))
    ? (read.join('') as ClaimCode)
    : undefined;
}

/** `XXXX-XXXX-XXXX-XXXX`, as it is printed. */
export const printClaimCode = (code: ClaimCode): string => code.match(/.{4}/g)?.join('-') ?? code;
