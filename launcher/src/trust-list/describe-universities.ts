import { X509Certificate } from 'node:crypto';
import { encodeBase64url } from '@lanyard/protocol';
import { CommandRefusal } from '../client/call-service.js';
import type { ListedUniversity } from './sign-trust-list.js';

/** A university as a person writes it down for the list; what is left out is asked of its issuer or has a default. */
export interface DescribedUniversity {
  university_code: string;
  names: { 'zh-CN': string; en: string };
  issuer: string;
  /** PEM, or base64 of DER. Without it the issuer is asked: compare the fingerprints that are printed. */
  anchors?: string[];
  /** Roots of those who ask for presentations there; the same. */
  reader_anchors?: string[];
  state?: string;
  /** Seconds since 1970. */
  since?: number;
  retired?: { kid: string; since: number }[];
  pass_keys?: string;
  status_aggregate?: string;
}

export interface FoundAnchor {
  universityCode: string;
  subject: string;
  /** SHA-256, as certificates are read out over the telephone. */
  fingerprint: string;
}

const TIMEOUT_MS = 5_000;

/** The entries of a list, with the anchors in each, for whoever has to compare them before he signs. */
export async function describeUniversities(
  universities: readonly DescribedUniversity[],
  nowSeconds: number,
): Promise<{ entries: ListedUniversity[]; anchors: FoundAnchor[] }> {
  const anchors: FoundAnchor[] = [];
  const entries: ListedUniversity[] = [];
  for (const one of universities) {
    const asked = one.anchors === undefined ? await fetchAnchors(one.issuer) : { issuer: one.anchors, reader: [] };
    const read = asked.issuer.map((text) => readAnchor(text, one.university_code));
    const readers = (one.reader_anchors ?? asked.reader).map((text) => readAnchor(text, one.university_code));
    for (const certificate of read)
      anchors.push({
        universityCode: one.university_code,
        subject: certificate.subject.replaceAll('\n', ', '),
        fingerprint: certificate.fingerprint256,
      });
    entries.push({
      university_code: one.university_code,
      names: one.names,
      issuer: one.issuer,
      anchors: read.map((certificate) => encodeBase64url(certificate.raw)),
      reader_anchors: readers.map((certificate) => encodeBase64url(certificate.raw)),
      state: one.state ?? 'active',
      since: one.since ?? nowSeconds,
      retired: one.retired ?? [],
      pass_keys: one.pass_keys ?? `${one.issuer}/pass-keys`,
      status_aggregate: one.status_aggregate ?? `${one.issuer}/pass-lists`,
    });
  }
  return { entries, anchors };
}

/** What an issuer says of its own roots, base64 of DER. @throws CommandRefusal `issuer-unreachable` */
export async function fetchAnchors(issuer: string): Promise<{ issuer: string[]; reader: string[] }> {
  const texts = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((one) => typeof one === 'string');
  try {
    const answer = await fetch(`${issuer}/v1/anchors`, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const told = (await answer.json()) as { issuer?: unknown; reader?: unknown };
    if (answer.ok && texts(told.issuer) && texts(told.reader)) return { issuer: told.issuer, reader: told.reader };
  } catch (cause) {
    throw new CommandRefusal('issuer-unreachable', `${issuer} did not tell its anchors.`, cause);
  }
  throw new CommandRefusal('issuer-unreachable', `${issuer} did not tell its anchors.`);
}

export function readAnchor(text: string, code: string): X509Certificate {
  try {
    return new X509Certificate(text.startsWith('-----') ? text : Buffer.from(text, 'base64'));
  } catch (cause) {
    throw new CommandRefusal('anchor-unreadable', `An anchor of ${code} is no certificate.`, cause);
  }
}
