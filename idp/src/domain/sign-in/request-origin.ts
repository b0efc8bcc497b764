import { isIPv4 } from 'node:net';

/** "Chrome · Android" out of a User-Agent text: enough to recognise one's own device, useless to follow one. */
export function deviceOf(userAgent: string): string {
  const browser =
    firstMatch(userAgent, [
      [/MicroMessenger/, 'WeChat'],
      [/Edg(e|A|iOS)?\//, 'Edge'],
      [/Firefox|FxiOS/, 'Firefox'],
      [/Chrome|CriOS|Chromium/, 'Chrome'],
      [/Safari/, 'Safari'],
    ]) ?? '-';
  const system =
    firstMatch(userAgent, [
      [/HarmonyOS|OpenHarmony/, 'HarmonyOS'],
      [/Android/, 'Android'],
      [/iPhone|iPad/, 'iOS'],
      [/Windows/, 'Windows'],
      [/Mac OS X/, 'macOS'],
      [/Linux/, 'Linux'],
    ]) ?? '-';
  return `${browser} · ${system}`;
}

/** The network an address lies in: /24 of IPv4, /48 of IPv6. */
export function placeOf(address: string): string {
  const plain = address.replace(/^::ffff:/, '');
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.*`;
  return plain === '::1' ? '::1' : `${plain.split(':').slice(0, 3).join(':')}::`;
}

function firstMatch(text: string, table: readonly (readonly [RegExp, string])[]): string | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1];
}
