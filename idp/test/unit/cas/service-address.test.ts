import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createServiceMatcher, parseServiceAddress, withParameters } from '../../../src/domain/cas/service-address.js';
import { type RelyingPartyInput, zRelyingParty } from '../../../src/domain/relying-parties/relying-party.js';

type Service = { url: string; match?: 'exact' | 'prefix' };
function party(id: string, services: Service[], more: Partial<RelyingPartyInput> = {}) {
  const purpose = { purpose_zh: '登录', purpose_en: 'Sign in' };
  return zRelyingParty.parse({
    ...{ id, name_zh: '服务', name_en: 'Service', protocol: 'cas', ...purpose },
    cas: { services },
    ...more,
  });
}
const library = party('library', [{ url: 'https://lib.a.edu.cn/app/', match: 'prefix' }]);
const card = party('card', [{ url: 'https://card.a.edu.cn/cas/login?from=cas' }, { url: 'https://old.a.edu.cn' }]);
const match = createServiceMatcher([library, card]);
const partyOf = (text: string) => match(text)?.party.id;

describe('a service address', () => {
  it.each([
    ['[below a prefix]', 'https://lib.a.edu.cn/app/books', 'library'],
    ['[the prefix itself]', 'https://lib.a.edu.cn/app/', 'library'],
    ['[a query below a prefix]', 'https://lib.a.edu.cn/app/books?id=1&x=%E4%B8%AD', 'library'],
    ['[letters outside ASCII, as Apache sends them]', 'https://lib.a.edu.cn/app/图书 馆', 'library'],
    ['[exact, with its query]', 'https://card.a.edu.cn/cas/login?from=cas', 'card'],
    ['[exact, an origin alone]', 'https://old.a.edu.cn', 'card'],
  ])('belongs to the relying party that registered it %s', (_variant, text, id) => {
    expect(partyOf(text)).toBe(id);
  });

  it.each([
    ['[javascript]', 'javascript:alert(1)//https://lib.a.edu.cn/app/'],
    ['[data]', 'data:text/html,<script>1</script>'],
    ['[without a scheme]', '//lib.a.edu.cn/app/'],
    ['[a foreign host]', 'https://evil.cn/app/'],
    ['[the registered host as a prefix]', 'https://lib.a.edu.cn.evil.cn/app/'],
    ['[the registered host as a suffix]', 'https://evil-lib.a.edu.cn/app/'],
    ['[the registered host as user info]', 'https://lib.a.edu.cn@evil.cn/app/'],
    ['[user info before the host]', 'https://user:pw@lib.a.edu.cn/app/'],
    ['[a backslash]', 'https://lib.a.edu.cn\\@evil.cn/app/'],
    ['[a backslash in the path]', 'https://lib.a.edu.cn/app/\\evil'],
    ['[another scheme]', 'http://lib.a.edu.cn/app/'],
    ['[another port]', 'https://lib.a.edu.cn:8443/app/'],
    ['[the default port spelt out]', 'https://lib.a.edu.cn:443/app/'],
    ['[upper-case host]', 'https://LIB.a.edu.cn/app/'],
    ['[a dot behind the host]', 'https://lib.a.edu.cn./app/'],
    ['[a look-alike host]', 'https://lіb.a.edu.cn/app/'],
    ['[dot segments]', 'https://lib.a.edu.cn/app/../admin'],
    ['[encoded dot segments]', 'https://lib.a.edu.cn/app/%2e%2e/admin'],
    ['[an encoded slash]', 'https://lib.a.edu.cn/app/..%2Fadmin'],
    ['[an encoded backslash]', 'https://lib.a.edu.cn/app/..%5cadmin'],
    ['[a path parameter]', 'https://lib.a.edu.cn/app/..;/admin'],
    ['[jsessionid]', 'https://lib.a.edu.cn/app/index;jsessionid=1'],
    ['[the neighbouring folder]', 'https://lib.a.edu.cn/application/'],
    ['[the folder without its slash]', 'https://lib.a.edu.cn/app'],
    ['[a fragment]', 'https://lib.a.edu.cn/app/#/home'],
    ['[a tab, which parsers drop]', 'https://lib.a.edu\t.cn/app/'],
    ['[a line end]', 'https://lib.a.edu.cn/app/\r\nSet-Cookie: a=b'],
    ['[NUL]', 'https://lib.a.edu.cn/app/\u0000'],
    ['[an encoded NUL]', 'https://lib.a.edu.cn/app/%00'],
    ['[space before]', ' https://lib.a.edu.cn/app/'],
    ['[undecodable bytes]', 'https://lib.a.edu.cn/app/\ufffd'],
    ['[half a surrogate pair]', 'https://lib.a.edu.cn/app/\ud800'],
    ['[too long]', `https://lib.a.edu.cn/app/${'a'.repeat(1_500)}`],
    ['[exact with another query]', 'https://card.a.edu.cn/cas/login?from=cas&x=1'],
    ['[exact without its query]', 'https://card.a.edu.cn/cas/login'],
    ['[exact with a path behind it]', 'https://card.a.edu.cn/cas/login/x'],
    ['[empty]', ''],
  ])('belongs to nobody %s', (_variant, text) => {
    expect(partyOf(text)).toBeUndefined();
  });

  it('belongs to the exact address before a prefix, and to the longer prefix before the shorter', () => {
    const deep = party('deep', [{ url: 'https://lib.a.edu.cn/app/deep/', match: 'prefix' }]);
    const exact = party('exact', [{ url: 'https://lib.a.edu.cn/app/deep/login' }]);
    for (const order of [
      [library, deep, exact],
      [exact, deep, library],
    ]) {
      const found = createServiceMatcher(order);
      expect(found('https://lib.a.edu.cn/app/deep/login')?.party.id).toBe('exact');
      expect(found('https://lib.a.edu.cn/app/deep/other')?.party.id).toBe('deep');
      expect(found('https://lib.a.edu.cn/app/other')?.party.id).toBe('library');
    }
  });

  it('belongs to nobody where two parties registered the same', () => {
    const twin = party('twin', [{ url: 'https://lib.a.edu.cn/app/', match: 'prefix' }]);
    const found = createServiceMatcher([library, twin, party('deep', [{ url: 'https://lib.a.edu.cn/app/x' }])]);
    expect(found('https://lib.a.edu.cn/app/y')).toBeUndefined();
    expect(found('https://lib.a.edu.cn/app/x')?.party.id).toBe('deep');
  });

  it('never reaches another origin than one that is registered [any text]', () => {
    const pieces = fc.constantFrom(
      ...[
        'https://',
        'lib.a.edu.cn',
        '/app/',
        '@',
        '\\',
        '..',
        '/',
        '%2f',
        ':',
        'evil.cn',
        '?',
        '#',
        ';',
        '中',
        ' ',
        '%',
      ],
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces).map((list) => list.join('')),
        ),
        (text) => {
          const found = match(text);
          if (found !== undefined) expect(found.address.href).toMatch(/^https:\/\/(lib|card|old)\.a\.edu\.cn(\/|$)/);
          if (found !== undefined) expect(new URL(found.address.href).origin).toBe(found.address.origin);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes added parameters behind its own, which stay letter by letter', () => {
    const address = parseServiceAddress("https://lib.a.edu.cn/app/?a=b+c&d=%e4%B8%AD~'".replace("'", ''));
    expect(address && withParameters(address, { ticket: 'ST-1' })).toBe(
      'https://lib.a.edu.cn/app/?a=b+c&d=%e4%B8%AD~&ticket=ST-1',
    );
    expect(withParameters({ href: 'https://old.a.edu.cn' }, { ticket: 'ST-1' })).toBe(
      'https://old.a.edu.cn?ticket=ST-1',
    );
    expect(parseServiceAddress('https://lib.a.edu.cn/app/图 书')?.href).toBe(
      'https://lib.a.edu.cn/app/%E5%9B%BE%20%E4%B9%A6',
    );
  });
});
