import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { authorityKeyIdsOf } from '../../../src/x509/authority-key-ids.js';
import { pointOfJwk } from '../../../src/x509/es256.js';
import { ca, issueCertificate, party } from './support.js';

const root = party('root');
const leafDer = issueCertificate(party('reader'), root);
/** RFC 7093 §2 method 1, as create-certificate writes it. */
const keyId = Buffer.from(nodeCrypto.sha256(pointOfJwk(root.key.jwk)).slice(0, 20)).toString('base64url');

describe('authority key identifiers of a chain (OpenID4VP 1.0 §6.1.1, aki)', () => {
  it('are those of each certificate [leaf], [leaf and root]', () => {
    expect(authorityKeyIdsOf([leafDer])).toEqual([keyId]);
    expect(authorityKeyIdsOf([leafDer, issueCertificate(root, root, ca)])).toEqual([keyId, keyId]);
    expect(authorityKeyIdsOf([])).toEqual([]);
  });

  it('are none for what is no certificate [text], [cut], [too large]', () => {
    for (const der of [Buffer.from('x'), leafDer.subarray(0, -1), new Uint8Array(8_193)]) {
      expect(authorityKeyIdsOf([der])).toEqual([]);
      expect(authorityKeyIdsOf([der, leafDer])).toEqual([keyId]);
    }
  });
});
