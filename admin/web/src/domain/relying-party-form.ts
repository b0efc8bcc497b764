import type { Registration, RelyingPartyView } from './identity-answers.js';

export const CLAIMS = [
  ...['name', 'student_number', 'staff_number', 'account_kind', 'university_code', 'college'],
  ...['major', 'class', 'level', 'enrolment_status', 'roles', 'groups'],
  ...['eduperson_affiliation', 'eduperson_scoped_affiliation', 'schac_home_organization', 'schac_personal_unique_code'],
] as const;
export const RUNGS = ['password', 'synced-passkey', 'device-passkey', 'wallet-presentation'] as const;
export const PEOPLE = ['all', 'students', 'staff'] as const;
export const PROTOCOLS = ['oidc', 'oauth2', 'cas'] as const;

/** The fields of the form; addresses one to a line. */
export interface PartyForm {
  id: string;
  name_zh: string;
  name_en: string;
  protocol: (typeof PROTOCOLS)[number];
  addresses: string;
  logout: string;
  keys: string;
  claims: string[];
  purpose_zh: string;
  purpose_en: string;
  acr: string;
  people: string;
  leaves_campus: boolean;
  contact: string;
}

export const emptyForm = (): PartyForm => ({
  ...{ id: '', name_zh: '', name_en: '', protocol: 'oidc', addresses: '', logout: '', keys: '', claims: [] },
  ...{ purpose_zh: '', purpose_en: '', acr: 'password', people: 'all', leaves_campus: false, contact: '' },
});

/** The form of a relying party that is there. */
export function formOf(party: RelyingPartyView): PartyForm {
  const addresses =
    party.cas?.services.map((service) => service.url) ?? (party.oidc ?? party.oauth2)?.redirect_uris ?? [];
  return {
    id: party.id,
    name_zh: party.name_zh,
    name_en: party.name_en,
    protocol: party.protocol,
    addresses: addresses.join('\n'),
    logout: party.oidc?.backchannel_logout_uri ?? party.cas?.logout_url ?? '',
    keys: party.oidc?.jwks_uri ?? '',
    claims: [...party.claims],
    purpose_zh: party.purpose_zh ?? '',
    purpose_en: party.purpose_en ?? '',
    acr: party.acr,
    people: party.people,
    leaves_campus: party.leaves_campus,
    contact: party.contact,
  };
}

const VIEW_ONLY = [
  'created_at',
  'updated_at',
  'last_seen_at',
  'disabled',
  'grade',
  'findings',
  'settings',
  'client_id',
];

/** The registration without what only the answer says; nothing the form does not know is lost. */
export const registrationOf = (party: RelyingPartyView): Registration =>
  Object.fromEntries(Object.entries(party).filter(([name]) => !VIEW_ONLY.includes(name))) as unknown as Registration;

/** What is sent: the fields over the registration that is there. The service says what does not fit. */
export function toRegistration(form: PartyForm, former?: Registration): Registration {
  const lines = form.addresses.split(/\s+/).filter((line) => line !== '');
  const text = (name: 'purpose_zh' | 'purpose_en') => (form[name].trim() === '' ? {} : { [name]: form[name].trim() });
  const { purpose_zh: _zh, purpose_en: _en, ...kept } = (former ?? {}) as Registration;
  return {
    ...kept,
    id: form.id.trim(),
    name_zh: form.name_zh.trim(),
    name_en: form.name_en.trim(),
    protocol: form.protocol,
    ...text('purpose_zh'),
    ...text('purpose_en'),
    claims: form.claims,
    acr: form.acr,
    people: form.people,
    leaves_campus: form.leaves_campus,
    contact: form.contact.trim(),
    ...protocolPart(form, lines, former),
  } as Registration;
}

function protocolPart(form: PartyForm, lines: string[], former?: Registration): Partial<Registration> {
  const logout = form.logout.trim();
  const keys = form.keys.trim();
  if (form.protocol === 'cas') {
    const { logout_url: _, ...kept } = former?.cas ?? { services: [] };
    const known = new Map(kept.services.map((service) => [service.url, service]));
    const services = lines.map((url) => known.get(url) ?? { url });
    return { cas: { ...kept, services, ...(logout === '' ? {} : { logout_url: logout }) } };
  }
  if (form.protocol === 'oauth2') return { oauth2: { ...former?.oauth2, redirect_uris: lines } };
  const { backchannel_logout_uri: _uri, jwks_uri: _keys, ...kept } = former?.oidc ?? { redirect_uris: [] };
  const method = kept.token_endpoint_auth_method;
  const hasKeys = keys !== '' || kept.jwks !== undefined;
  return {
    oidc: {
      ...kept,
      redirect_uris: lines,
      ...(logout === '' ? {} : { backchannel_logout_uri: logout }),
      ...(keys === '' ? {} : { jwks_uri: keys }),
      token_endpoint_auth_method: hasKeys
        ? 'private_key_jwt'
        : method === undefined || method === 'private_key_jwt'
          ? 'client_secret_basic'
          : method,
    },
  };
}

/** Worst first, then by name. */
export const byGrade = (left: RelyingPartyView, right: RelyingPartyView): number =>
  Number(left.disabled) - Number(right.disabled) ||
  right.grade.localeCompare(left.grade) ||
  left.id.localeCompare(right.id);
