import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './prepare.mjs';

/** The checklist: what implementers miss, by specification and section, in our own words. */
const RULES = [
  [
    'OpenID4VP 1.0',
    '5.2',
    'every request has a fresh nonce of at least 128 bits that is kept with it and never used again',
  ],
  [
    'OpenID4VP 1.0',
    '5.8, 14.10',
    'the request object names its audience and type; the client identifier is the same everywhere, prefix included',
  ],
  [
    'OpenID4VP 1.0',
    '5.10',
    'a request fetched by POST holds the nonce of the wallet inside its signature, under the right media type',
  ],
  [
    'OpenID4VP 1.0',
    '6.1, 6.3, 6.4, 14.11',
    'a query without meta, or claim sets without claims, is refused; every criterion is checked again on the answer',
  ],
  [
    'OpenID4VP 1.0',
    '8.1, 8.6',
    'an answer maps query ids to arrays; what was not asked for, or more than was asked for, spoils the whole',
  ],
  [
    'OpenID4VP 1.0',
    '8.2, 14.3',
    'the way back carries a fresh secret, and the result opens only with it, once, in the session it belongs to',
  ],
  [
    'OpenID4VP 1.0, HAIP 1.0',
    '8.3',
    'each request has an encryption key of its own; algorithm and key id of the answer are those that were offered',
  ],
  [
    'OpenID4VP 1.0',
    'B.2.6.1',
    'the session transcript covers client identifier, nonce, thumbprint of the encryption key or null, and response address',
  ],
  [
    'OpenID4VP 1.0',
    'A.2, A.4',
    'over the Digital Credentials API the audience is the origin, and expected origins are compared as they stand',
  ],
  [
    'OpenID4VP 1.0',
    '8.4, B.3.3.1',
    'transaction data are hashed as received; an unknown type is refused, a missing hash too',
  ],
  ['OpenID4VP 1.0', '5.3', 'a credential without holder binding is taken only where the request said so'],
  ['OpenID4VCI 1.0', '7.2', 'the nonce endpoint forbids storing, and a nonce works once'],
  ['OpenID4VCI 1.0', '8.2', 'identifier or configuration id, as the token said; proofs of exactly one type'],
  [
    'OpenID4VCI 1.0',
    'F.1, F.4',
    'a proof has the right type, algorithm, audience and age, one public key, no private part, and no key twice',
  ],
  [
    'OpenID4VCI 1.0',
    '8.2, 10',
    'an encrypted answer wants an encrypted request; keys have ids; what is inflated is bounded',
  ],
  [
    'OpenID4VCI 1.0',
    '8.3, 9.2',
    'issued or deferred, never both; a transaction id stays while it waits, dies when delivered, and belongs to one person',
  ],
  ['OpenID4VCI 1.0', '11', 'notifications may be repeated; an unknown id is an error of its own'],
  ['OpenID4VCI 1.0', '12.2.2, 12.2.3', 'metadata lie at the well-known path, plain always, signed where asked for'],
  [
    'OpenID4VCI 1.0',
    '12.2.4',
    'binding methods go with proof types, a batch has two at least, and nothing is advertised that does not work',
  ],
  [
    'OpenID4VCI 1.0',
    '4.1.1, 6.1, 13.6, 13.10',
    'pre-authorized codes are short-lived and work once; a transaction code is wanted where announced, tries are counted',
  ],
  [
    'RFC 9901',
    '4, 7.1, 7.3',
    'orphan and repeated disclosures and digests, reserved and taken names, and a key binding over other bytes are refused',
  ],
  ['SD-JWT VC', '2.2', 'type and vct are required, and what must stand open is never selectively disclosed'],
  [
    'Token Status List',
    '5, 8.3',
    'a list has its type, its own address, its times; an index beyond it or a failure is undetermined',
  ],
  [
    'Token Status List',
    '12, 13.2, 13.3',
    'no index is ever used twice, indices are random, and lists are signed for that purpose',
  ],
  [
    'ISO/IEC 18013-5',
    '9.1.2',
    'items are hashed as received, digest ids are below 2^31, the signer chains under its purpose, the device signed',
  ],
];
/** Faults of others, each to be impossible here. */
const KNOWN = [
  'a forged signature of issuer, holder or status list, or a changed payload, is refused in every format with its own reason',
  'a status list that cannot be had is no verdict',
  'parallel issuances never share a status index',
  'metadata advertise only what answers',
  'a refusal names the failed check in the log, and not to the wallet',
  'a credential nobody asked for, or sent twice, is refused',
];

const SKIPPED = new Set(['node_modules', 'dist', 'dist-web', '.git', '.cache', '.lanyard', 'testdata']);
const TAG = /\[(MUST|KNOWN) ([\d, ]+)\]/g;

/** Names of tests by tag (`MUST 8`), with their files; read from the sources, in the order of the files. */
export function taggedTests() {
  const found = new Map();
  const walk = (folder) => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      if (SKIPPED.has(name)) continue;
      if (statSync(path).isDirectory()) walk(path);
      else if (name.endsWith('.test.ts')) readTags(path, found);
    }
  };
  walk(root);
  return found;
}

function readTags(path, found) {
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    for (const [tag, kind, numbers] of line.matchAll(TAG)) {
      const name = (/(['"`])((?:(?!\1).)*\[(?:MUST|KNOWN) (?:(?!\1).)*)\1/.exec(line)?.[2] ?? '').replaceAll(
        /\s*\[(MUST|KNOWN) [\d, ]+\]/g,
        '',
      );
      if (tag === undefined || name === '') continue;
      for (const number of numbers.split(',')) {
        const key = `${kind} ${Number(number)}`;
        found.set(key, [...(found.get(key) ?? []), { file: relative(root, path), name }]);
      }
    }
  }
}

/** The whole document. */
export function conformanceDocument() {
  const tests = taggedTests();
  const section = (key) => {
    const byFile = new Map();
    for (const { file, name } of tests.get(key) ?? []) byFile.set(file, [...(byFile.get(file) ?? []), name]);
    return [...byFile].flatMap(([file, names]) => [
      `- \`${file}\``,
      ...[...new Set(names)].map((name) => `  - ${name}`),
    ]);
  };
  const lines = [
    '# Conformance',
    'Which test shows which rule. Made by `npm run conformance` from the tags in the names of tests; `npm test` fails when it is old or a rule has no test. Departures are in [divergences.md](divergences.md).',
    '',
    '## Rules that implementers miss',
  ];
  RULES.forEach(([specification, sections, rule], index) => {
    lines.push(
      '',
      `### ${index + 1}. ${specification} ${sections}`,
      `${rule[0].toUpperCase()}${rule.slice(1)}.`,
      '',
      ...section(`MUST ${index + 1}`),
    );
  });
  lines.push('', '## Known wrongs of others');
  KNOWN.forEach((rule, index) => {
    lines.push(
      '',
      `### Known ${index + 1}`,
      `${rule[0].toUpperCase()}${rule.slice(1)}.`,
      '',
      ...section(`KNOWN ${index + 1}`),
    );
  });
  return `${lines.join('\n')}\n`;
}

/** Rules that no test shows. */
export function untested() {
  const tests = taggedTests();
  const wanted = [...RULES.map((_, index) => `MUST ${index + 1}`), ...KNOWN.map((_, index) => `KNOWN ${index + 1}`)];
  return wanted.filter((key) => !tests.has(key));
}
