import { createHash, randomBytes } from 'node:crypto';
import { encodeBase64url, parseP256Jwk, parseSdJwt, signJws } from '@lanyard/protocol';
import {
  createIssuerSigned,
  createMdocRandomSource,
  createMdocSigner,
  encodeMdocElements,
  parseIssuerSigned,
} from '@lanyard/protocol/mdoc';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { digestText, type HeldCard, type HeldCopy } from '../../../web/src/consent/held-copies.js';
import { authorityOf } from '../../service/support/test-verifier.js';

export const NOW = Math.floor(Date.now() / 1000);
export const authority = authorityOf('示例大学');
export const sign = createSigner(authority.reader.privateKey);

export interface MdocChange {
  docType?: string;
  key?: { x: string; y: string };
  leaf?: Uint8Array;
  from?: number;
  until?: number;
  signer?: typeof sign;
  elements?: [string, string][];
}

/** An mdoc as an issuer sends it, base64url. */
export function mdocText({ docType = 'org.lanyard.student-id.1', ...change }: MdocChange = {}): string {
  const {
    elements = [
      ['name', '示例'],
      ['level', 'bachelor'],
    ],
    from = NOW - 60,
    until = NOW + 86_400,
  } = change;
  const key = change.key ?? generateKeyPair().jwk;
  const issued = createIssuerSigned({
    docType,
    elements: encodeMdocElements(new Map([[docType, new Map(elements)]])),
    deviceKey: parseP256Jwk({ kty: 'EC', crv: 'P-256', x: key.x, y: key.y }),
    signer: createMdocSigner({ x5chain: [change.leaf ?? authority.leaf] }),
    validity: { signedSeconds: from, validFromSeconds: from, validUntilSeconds: until },
    status: { uri: 'https://issuer.example.edu/status', index: 1 },
    random: createMdocRandomSource((length) => new Uint8Array(randomBytes(length))),
    sha256: nodeCrypto.sha256,
    sign: change.signer ?? sign,
  });
  return encodeBase64url(issued);
}

export function sdJwtText(vct: string, claims: Record<string, string>, change: object = {}): string {
  const disclosures = Object.entries(claims).map(([name, value]) =>
    Buffer.from(JSON.stringify([randomBytes(16).toString('base64url'), name, value])).toString('base64url'),
  );
  const payload = {
    ...{ iss: 'https://issuer.example.edu', vct, exp: NOW + 86_400, _sd_alg: 'sha-256' },
    _sd: disclosures.map((text) => createHash('sha256').update(text).digest('base64url')),
    ...change,
  };
  return `${[signJws({ typ: 'dc+sd-jwt', kid: 'k' }, payload, sign), ...disclosures].join('~')}~`;
}

/** A card of the wallet with copies of it. */
export function cardOf(key: string, texts: readonly string[], format: 'dc+sd-jwt' | 'mso_mdoc'): HeldCard {
  const card = { key, own: true, format, names: undefined, issuerName: '示例大学', labels: [] };
  const copies = texts.map((credential, id) => {
    const common = { card, store: 'credentials' as const, copy: { id, credential } as never };
    if (format === 'dc+sd-jwt') return { ...common, sdJwt: parseSdJwt(credential, digestText) };
    return { ...common, mdoc: parseIssuerSigned(new Uint8Array(Buffer.from(credential, 'base64url'))) };
  });
  return { card, copies: copies as HeldCopy[] };
}
