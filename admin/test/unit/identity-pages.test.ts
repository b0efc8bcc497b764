import { ROLES, SCOPE_KINDS } from '@lanyard/idp/api';
import { SIGN_IN_PROBLEMS } from '@lanyard/platform';
import { describe, expect, it } from 'vitest';
import { chooseLanguage } from '../../../packages/look/src/staff/language.js';
import { routesOf } from '../../src/domain/forwarded-routes.js';
import { claimLink } from '../../web/src/domain/claim-link.js';
import type { RelyingPartyView } from '../../web/src/domain/identity-answers.js';
import { PLACES, placesFor } from '../../web/src/domain/places.js';
import { byGrade, emptyForm, formOf, registrationOf, toRegistration } from '../../web/src/domain/relying-party-form.js';
import { logoutErrorText, roleName, roleText, rungText } from '../../web/src/texts/identity-values.js';
import { signInProblem } from '../../web/src/texts/sign-in-problems.js';

const view = (more: Partial<RelyingPartyView>): RelyingPartyView => ({
  ...{ id: 'library', name_zh: '图书馆', name_en: 'Library', protocol: 'oidc', contact: '', claims: [] },
  ...{ leaves_campus: false, acr: 'password', people: 'all', created_at: 1, updated_at: 2, last_seen_at: null },
  ...{ disabled: false, grade: 'A', findings: [] },
  ...more,
});

describe('the menu', () => {
  const may = (...roles: Parameters<typeof routesOf>[0] extends infer _ ? string[] : never) => {
    const routes = routesOf({
      ...{ kind: 'account', actor: 'a', subject: 's', sid: 'x', name: '', staffNumber: '', idToken: '' },
      roles: roles as never,
    });
    return placesFor((route) => routes.includes(route), true).map(({ path }) => path);
  };
  it.each([
    [
      ['registrar'],
      [
        '/',
        '/students',
        '/import',
        '/semester',
        '/status-changes',
        '/portraits',
        '/claim-codes',
        '/cards',
        '/rights',
        '/accounts',
      ],
    ],
    [['card-officer'], ['/', '/students', '/portraits', '/cards', '/accounts']],
    [['security-auditor'], ['/rights', '/gates', '/accounts', '/logout-calls', '/audit']],
    [['data-protection-officer'], ['/trends', '/rights', '/audit']],
    [['student-affairs-officer'], ['/trends']],
    [['partner-manager'], ['/partners', '/relying-parties']],
    [
      ['operator'],
      PLACES.map(({ path }) => path).filter(
        (path) =>
          ![
            '/own-students',
            '/inbox',
            '/window',
            '/activities',
            '/cases',
            '/statistics',
            '/surveys',
            '/trends',
            '/delegations',
          ].includes(path),
      ),
    ],
    [['counsellor'], ['/own-students']],
  ])('shows %j what they may do', (roles, paths) => {
    expect(may(...roles)).toEqual(paths);
  });
  it('leaves the pages of the identity layer out where there is none', () => {
    expect(placesFor(() => true, false).map(({ path }) => path)).toEqual([
      ...[
        '/',
        '/inbox',
        '/window',
        '/activities',
        '/cases',
        '/statistics',
        '/surveys',
        '/trends',
        '/delegations',
        '/services',
        '/students',
        '/import',
        '/semester',
        '/own-students',
        '/status-changes',
        '/portraits',
        '/cards',
        '/rights',
        '/checkpoints',
        '/fleet',
        '/gates',
        '/partners',
        '/deliveries',
        '/audit',
      ],
    ]);
  });
  it('heads each section once', () => {
    const heads = placesFor(() => true, true).filter((place) => place.heads);
    expect(new Set(heads.map(({ section }) => section)).size).toBe(heads.length);
  });
  it('names only routes that there are', () => {
    const known = routesOf({
      ...{ kind: 'account', actor: 'a', subject: 's', sid: 'x', name: '', staffNumber: '', idToken: '' },
      ...{ roles: [...ROLES], scopedRoles: ['guard@campus:花都校区'] },
    });
    for (const { routes } of PLACES) for (const route of routes) expect(known).toContain(route);
  });
});

describe('the form of a relying party', () => {
  it('makes an OpenID Connect registration with a secret, or with keys', () => {
    const form = {
      ...emptyForm(),
      id: 'library',
      name_zh: '图书馆',
      name_en: 'Library',
      addresses: 'https://a.example/cb',
    };
    expect(toRegistration(form).oidc).toEqual({
      redirect_uris: ['https://a.example/cb'],
      token_endpoint_auth_method: 'client_secret_basic',
    });
    expect(toRegistration({ ...form, keys: 'https://a.example/jwks' }).oidc).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://a.example/jwks',
    });
  });
  it('makes a CAS and an OAuth 2.0 registration of several addresses', () => {
    const form = { ...emptyForm(), addresses: ' https://a.example/ \n\nhttps://b.example/ ' };
    expect(toRegistration({ ...form, protocol: 'cas', logout: 'https://a.example/out' }).cas).toEqual({
      services: [{ url: 'https://a.example/' }, { url: 'https://b.example/' }],
      logout_url: 'https://a.example/out',
    });
    expect(toRegistration({ ...form, protocol: 'oauth2' }).oauth2).toEqual({
      redirect_uris: ['https://a.example/', 'https://b.example/'],
    });
  });
  it('leaves purposes out where none is given', () => {
    expect(toRegistration(emptyForm())).not.toHaveProperty('purpose_zh');
    expect(toRegistration({ ...emptyForm(), purpose_zh: ' 借书 ' })).toMatchObject({ purpose_zh: '借书' });
  });
  it('keeps what it does not know, and takes away what was cleared', () => {
    const party = view({
      protocol: 'cas',
      cas: {
        services: [{ url: 'https://a.example/', match: 'prefix' }],
        logout_url: 'https://a.example/out',
        attributes: {},
      } as never,
      purpose_zh: '借书',
      purpose_en: 'Loans',
    });
    const changed = toRegistration({ ...formOf(party), logout: '', name_en: 'Books' }, registrationOf(party));
    expect(changed).toMatchObject({ name_en: 'Books', purpose_en: 'Loans' });
    expect(changed.cas).toEqual({ services: [{ url: 'https://a.example/', match: 'prefix' }], attributes: {} });
    expect(toRegistration({ ...formOf(party), purpose_zh: '' }, registrationOf(party))).not.toHaveProperty(
      'purpose_zh',
    );
    for (const name of ['grade', 'findings', 'created_at', 'disabled']) expect(changed).not.toHaveProperty(name);
  });
  it('gives back what it was made of', () => {
    const party = view({ oidc: { redirect_uris: ['https://a.example/cb'], jwks_uri: 'https://a.example/jwks' } });
    expect(formOf(party)).toMatchObject({ addresses: 'https://a.example/cb', keys: 'https://a.example/jwks' });
  });
  it('sorts the worst first and the disabled last', () => {
    const all = [
      view({ id: 'a' }),
      view({ id: 'd', grade: 'D' }),
      view({ id: 'x', grade: 'D', disabled: true }),
      view({ id: 'c', grade: 'C' }),
    ];
    expect(all.sort(byGrade).map(({ id }) => id)).toEqual(['d', 'c', 'a', 'x']);
  });
});

describe('words of the identity layer', () => {
  it('exist for every role, scope and rung in both languages', () => {
    for (const language of ['zh', 'en'] as const) {
      chooseLanguage(language);
      for (const role of ROLES) expect(roleName(role)).not.toBe(role);
      for (const kind of SCOPE_KINDS)
        expect(roleText(`guard@${kind}`)).not.toMatch(language === 'zh' ? /[a-z]/ : /guard@|\p{Script=Han}/u);
      expect(rungText('device-passkey')).not.toBe('device-passkey');
    }
    expect(roleText('guard@campus:花都校区')).toBe('Guard (花都校区)');
  });
  it('say what a service answered to a logout call', () => {
    chooseLanguage('en');
    expect(logoutErrorText('logout-answer-503')).toBe('The service answered 503');
    expect(logoutErrorText('something-new')).toBe('something-new');
  });
  it('exist for every refusal of a sign-in, and for nothing an address makes up', () => {
    for (const code of Object.keys(SIGN_IN_PROBLEMS)) expect(signInProblem(code)?.code).toBe(code);
    for (const code of ['', '<b>', 'constructor', 'hello']) expect(signInProblem(code)).toBeUndefined();
  });
  it('keep a claim code in the fragment', () => {
    const link = new URL(claimLink('https://wallet.example', 'ABCD-EFGH-JKMN-PQRS'));
    expect([link.pathname, link.search, link.hash]).toEqual(['/claim', '', '#code=ABCD-EFGH-JKMN-PQRS']);
  });
});
