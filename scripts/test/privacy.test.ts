import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CAMPUS_RETENTION } from '../../campus/src/domain/retention/rules.js';
import { IDP_RETENTION } from '../../idp/src/domain/retention/rules.js';
import { ISSUER_RETENTION } from '../../issuer/src/domain/retention/rules.js';
import { retentionRows } from '../../packages/platform/src/retention/retention-rule.js';
import { VERIFIER_RETENTION } from '../../verifier/src/domain/retention/rules.js';

const page = readFileSync(new URL('../../docs/PRIVACY.md', import.meta.url), 'utf8');

it.each([
  ['issuer', ISSUER_RETENTION],
  ['verifier', VERIFIER_RETENTION],
  ['idp', IDP_RETENTION],
  ['campus', CAMPUS_RETENTION],
] as const)(
  'docs/PRIVACY.md says of every table of %s what the retention rules say, and of no other',
  (service, rules) => {
    const written = page.split('\n').filter((line) => line.startsWith(`| ${service} | \``));
    expect(written).toEqual(retentionRows(service, rules));
  },
);

it('docs/PRIVACY.md leaves no field of the impact assessment empty', () => {
  const form = page.slice(page.indexOf('## Impact assessment'));
  const fields = form.split('\n').filter((line) => /^\| [^*-]/.test(line));
  for (const line of fields) expect(line.split('|')[2]?.trim()).not.toBe('');
  for (const article of ['56(1)', '56(2)', '56(3)']) expect(form).toContain(article);
});
