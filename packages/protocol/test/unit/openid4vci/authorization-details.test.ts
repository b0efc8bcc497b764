import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  AuthorizationDetailsError,
  configurationOfIdentifier,
  credentialIdentifierOf,
  grantedCredentialDetails,
  readCredentialDetails,
} from '../../../src/index.js';

const ISSUER = 'https://issuer.example';
const detail = { type: 'openid_credential', credential_configuration_id: 'student-pass', locations: [ISSUER] };
const vector = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../../../../testdata/vectors/openid4vci/${name}.json`, import.meta.url), 'utf8'),
  ) as Record<string, unknown>[];

it('reads the configurations asked for, each once, and lets further members be', () => {
  expect(readCredentialDetails([detail, { ...detail, claims: [{ path: ['name'] }], colour: 'blue' }], ISSUER)).toEqual([
    'student-pass',
  ]);
});

it('reads the shape of the specification [authorization_details_with_as]', () => {
  const [example] = vector('authorization_details_with_as');
  const ours = { ...example, credential_configuration_id: 'student-pass' };
  expect(readCredentialDetails([ours], String((example?.['locations'] as string[] | undefined)?.[0]))).toEqual([
    'student-pass',
  ]);
});

it.each([
  ['no list', detail],
  ['empty', []],
  ['nine', Array.from({ length: 9 }, () => detail)],
  ['another type', [{ ...detail, type: 'payment' }]],
  ['no location', [{ ...detail, locations: undefined }]],
  ['two locations', [{ ...detail, locations: [ISSUER, ISSUER] }]],
  ['a location that differs by a slash', [{ ...detail, locations: [`${ISSUER}/`] }]],
  ['unknown configuration', [{ ...detail, credential_configuration_id: 'UniversityDegree' }]],
  ['configuration that is no text', [{ ...detail, credential_configuration_id: 1 }]],
  ['empty claims', [{ ...detail, claims: [] }]],
  ['the example without locations', vector('authorization_details')],
])('refuses authorization details [%s]', (_name, details) => {
  expect(() => readCredentialDetails(details, ISSUER)).toThrow(AuthorizationDetailsError);
});

it('gives each configuration one identifier, and finds it again', () => {
  const [granted] = grantedCredentialDetails(['student-id-sd-jwt'], ISSUER);
  expect(granted?.credential_identifiers).toEqual([credentialIdentifierOf('student-id-sd-jwt')]);
  expect(configurationOfIdentifier(credentialIdentifierOf('student-id-sd-jwt'))).toBe('student-id-sd-jwt');
  expect(configurationOfIdentifier('student-id-sd-jwt')).toBeUndefined();
});
