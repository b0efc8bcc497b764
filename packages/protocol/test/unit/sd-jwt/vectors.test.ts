/**
 * Published SD-JWT vectors. Not applicable, and why:
 * - the JSON serialisations (json_serialization_*): only the compact form is a format of ours; their claims and
 *   disclosures are run in compact form all the same;
 * - `extra_header_parameters` with a numeric kid: RFC 7515 §4.1.4 makes it a string, so we refuse it;
 * - one compact example with sha3-256 digests: we support sha-256 only and must refuse it;
 * - the salts and signatures of the specifications' printed examples: they are random.
 */
import { readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, isSeq, type Node, parse, parseDocument } from 'yaml';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { createSdJwt, type SdTree, selective, withDecoys } from '../../../src/sd-jwt/create-sd-jwt.js';
import { parseSdJwt } from '../../../src/sd-jwt/parse-sd-jwt.js';
import { presentSdJwt } from '../../../src/sd-jwt/present-sd-jwt.js';
import { type ClaimPath, processDisclosures } from '../../../src/sd-jwt/process-disclosures.js';
import { verifyKeyBinding } from '../../../src/sd-jwt/verify-key-binding.js';
import { codeOf, importKey, testKeyFromJwk, vectorText } from '../jws/support.js';
import { AUDIENCE, bind, digestText, fixedSalts, issue, NONCE, NOW, receive } from './support.js';

const root = new URL('../../../../../testdata/vectors/sd-jwt/', import.meta.url);

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(new URL(`${folder}/`, root)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(new URL(path, root)).isDirectory()) return filesUnder(path, ending);
    return path.endsWith(ending) ? [path] : [];
  });
}

/** Whether a holder's specification discloses the claim at a path: True discloses it, but not what lies deeper. */
function wanted(specification: unknown, path: ClaimPath): boolean {
  let at = specification;
  for (const step of path) at = typeof at === 'object' && at !== null ? (at as never)[step] : undefined;
  return at !== undefined && at !== null && at !== false;
}

describe('RFC 9901, SD-JWT VC and Python specifications', () => {
  function scalarOf(node: { value: unknown; type?: string; source?: string; tag?: string }): SdTree {
    // The yaml package reads scalars of an unknown tag as text, so a plain one is read once more without its tag.
    return (node.tag === '!sd' && node.type === 'PLAIN' ? parse(node.source ?? '') : node.value) as SdTree;
  }
  function treeOf(node: Node | null): SdTree {
    if (isScalar(node)) return scalarOf(node as never);
    if (isSeq(node)) {
      return node.items.map((item) =>
        (item as Node).tag === '!sd' ? selective(treeOf(item as Node)) : treeOf(item as Node),
      );
    }
    if (!isMap(node)) throw new Error('a specification holds scalars, sequences and maps');
    const members: { [name: string]: SdTree } = {};
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const tagged = (key as Node).tag === '!sd';
      members[name] = tagged ? selective(treeOf(value as Node)) : treeOf(value as Node);
    }
    return members;
  }
  /** What a verifier must see, computed from the specification without any SD-JWT. */
  function projected(node: Node | null, path: ClaimPath, specification: unknown): unknown {
    if (isScalar(node)) return scalarOf(node as never);
    if (isSeq(node)) {
      return node.items.flatMap((item, at) => {
        const hidden = (item as Node).tag === '!sd' && !wanted(specification, [...path, at]);
        return hidden ? [] : [projected(item as Node, [...path, at], specification)];
      });
    }
    if (!isMap(node)) throw new Error('a specification holds scalars, sequences and maps');
    const visible = node.items.flatMap(({ key, value }) => {
      const name = String((key as { value: unknown }).value);
      const hidden = (key as Node).tag === '!sd' && !wanted(specification, [...path, name]);
      return hidden ? [] : [[name, projected(value as Node, [...path, name], specification)]];
    });
    return Object.fromEntries(visible);
  }

  const files = ['rfc9901', 'python', 'sd-jwt-vc'].flatMap((folder) => filesUnder(folder, 'specification.yml'));
  it('are all there', () => expect(files).toHaveLength(32 + 15 + 3));

  it.each(files)('%s issues, presents and verifies to the expected claims', (file) => {
    const folder = file.split('/')[0] ?? '';
    const settings = parse(
      vectorText(folder === 'python' ? 'sd-jwt/python/examples/settings.yml' : `sd-jwt/${folder}/settings.yml`),
    );
    const issuer = testKeyFromJwk(settings.key_settings.issuer_keys?.[0] ?? settings.key_settings.issuer_key);
    const holder = testKeyFromJwk(settings.key_settings.holder_key);
    const document = parseDocument(vectorText(`sd-jwt/${file}`), { logLevel: 'silent' });
    const node = document.get('user_claims') as Node;
    const { holder_disclosed_claims: disclosed, expect_verified_user_claims: expected } = document.toJS();

    const issued = receive(issue(treeOf(node) as { [name: string]: SdTree }, issuer), issuer);
    const presentation = presentSdJwt(issued, ({ path }) => wanted(disclosed, path));
    const received = receive(bind(presentation, holder), issuer);
    const { claims } = processDisclosures(received.payload, received.disclosures);
    expect(claims).toEqual(projected(node, [], disclosed));
    if (expected !== undefined) expect(claims).toEqual(expected);

    const policy = { nonce: NONCE, audience: AUDIENCE, maxAgeSeconds: 60 };
    const context = { holderKey: holder.verifyKey, nowSeconds: NOW, crypto: nodeCrypto, digestText };
    expect(codeOf(() => verifyKeyBinding(received, policy, context))).toBe('accepted');
  });
});

describe('sd-jwt-js claims, frames and presentations', () => {
  type Frame = { _sd?: (string | number)[]; _sd_decoy?: number; [name: string]: unknown };
  function framed(value: unknown, frame: Frame | undefined): SdTree {
    if (typeof value !== 'object' || value === null) return value as SdTree;
    const mark = (name: string, member: unknown): SdTree => {
      const tree = framed(member, frame?.[name] as Frame | undefined);
      return frame?._sd?.map(String).includes(name) ? selective(tree) : tree;
    };
    const tree = Array.isArray(value)
      ? value.map((element, at) => mark(String(at), element))
      : Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mark(name, member)]));
    return withDecoys(tree, frame?._sd_decoy ?? 1);
  }
  const files = filesUnder('js', '.json');
  it('are all there', () => expect(files).toHaveLength(34));

  it.each(files)('%s gives the presented claims', (file) => {
    const vector = JSON.parse(vectorText(`sd-jwt/${file}`));
    const claims = framed(vector.claims, vector.disclosureFrame) as never;
    const compact = createSdJwt({}, claims, { salts: fixedSalts(), digestText, sign: testIssuer.sign });
    const presentation = presentSdJwt(receive(compact, testIssuer), ({ path }) =>
      wanted(vector.presentationFrames, path),
    );
    const received = receive(presentation, testIssuer);
    const processed = processDisclosures(received.payload, received.disclosures).claims;
    // array_none_disclosed lists disclosed claims only; the open, now empty object around them stays (RFC 9901 §7.1).
    const open = file.includes('array_none_disclosed') ? { is_over: {} } : {};
    expect(processed).toEqual({ ...open, ...vector.presentedClaims });
    for (const key of vector.requiredClaimKeys ?? []) {
      // Keys count in the issued arrays, so those behind undisclosed elements are looked up without their index.
      expect(JSON.stringify(vector.presentedClaims)).toContain(
        key.split('.').find((step: string) => !/^[0-9]+$/.test(step)),
      );
    }
  });
  const testIssuer = testKeyFromJwk(
    parse(vectorText('sd-jwt/rfc9901/settings.yml')).key_settings.issuer_keys[0] as { [name: string]: unknown },
  );
});

describe('compact examples of specifications', () => {
  const vector = JSON.parse(vectorText('sd-jwt/compact.json')) as {
    rfc9901_issuer_key: object;
    tokens: { source: string; sd_jwt: string }[];
  };
  const key = importKey(vector.rfc9901_issuer_key);
  it.each(vector.tokens)('$source %# has a place for every disclosure', ({ sd_jwt: compact }) => {
    const sdJwt = parseSdJwt(compact, digestText);
    if (sdJwt.payload._sd_alg !== 'sha-256') {
      const code = codeOf(() => processDisclosures(sdJwt.payload, sdJwt.disclosures));
      expect([sdJwt.payload._sd_alg, code]).toEqual(['sha3-256', 'sd-alg-not-supported']);
      return;
    }
    const { disclosed } = processDisclosures(sdJwt.payload, sdJwt.disclosures);
    expect(disclosed).toHaveLength(sdJwt.disclosures.length);
    if (['https://example.com/issuer', 'https://issuer.example.com'].includes(String(sdJwt.payload.iss))) {
      expect(nodeCrypto.verifyEs256(key, sdJwt.jws.signingInput, sdJwt.jws.signature)).toBe(true);
    }
  });
});
