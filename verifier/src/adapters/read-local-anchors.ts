import { readFileSync } from 'node:fs';
import { certificatesOfPem } from '@lanyard/platform';
import { parseCertificate } from '@lanyard/protocol/x509';

/**
 * Roots of LANYARD_TRUST_ANCHORS, DER. Read once at start: a file that is missing or holds what is no certificate of
 * our profile stops the service, since a verifier that trusts less than its operator believes refuses people.
 */
export function readLocalAnchors(path: string): readonly Uint8Array[] {
  if (path === '') return [];
  const anchors = certificatesOfPem(readFileSync(path, 'utf8'));
  if (anchors.length === 0) throw new Error(`LANYARD_TRUST_ANCHORS: ${path} holds no certificate`);
  for (const der of anchors) parseCertificate(der);
  return anchors;
}
