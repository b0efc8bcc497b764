import {
  AuthorizationRequestError,
  type AuthorizationRequestLink,
  assignCopies,
  type Candidate,
  DcqlQueryError,
  decodeBase64url,
  digestTextWith,
  type HeldSdJwt,
  JwsError,
  parseSdJwt,
  RequestRefusal,
  selectCredentials,
  unusedCopies,
  type VerifiedRequest,
  verifyAuthorizationRequest,
} from '@lanyard/protocol';
import { webHashes } from '@lanyard/protocol/web-crypto';
import { certificateHasClientId, verifyCertificateChainAsync, webVerifyEs256, X509Error } from '@lanyard/protocol/x509';
import type { WalletContext } from '../app/page.js';
import { createHolderLine } from '../issuer/holder-line.js';
import { STUDENT_ID } from '../issuer/obtain.js';
import { refreshReaderAnchors } from '../issuer/reader-anchors.js';
import { refill } from '../issuer/refill.js';
import { ask, NoAnswer } from '../issuer/refusal.js';
import type { HeldCredential } from '../storage/kept.js';

export const digestText = digestTextWith(webHashes.sha256);
const MAX_REQUEST_CHARACTERS = 65_536;

/** Why there is nothing to agree to; `code` is for the small print. */
export type ConsentProblemKind =
  | 'offline'
  | 'no-answer'
  | 'request-gone'
  | 'untrusted'
  | 'forged'
  | 'certificate-expired'
  | 'not-supported'
  | 'no-match'
  | 'no-copies'
  | 'refused'
  | 'send'
  | 'storage'
  | 'sign';

export class ConsentProblem extends Error {
  override readonly name = 'ConsentProblem';
  constructor(
    readonly kind: ConsentProblemKind,
    readonly code: string = kind,
  ) {
    super(`${kind}: ${code}`);
  }
}

export interface HeldCopy extends HeldSdJwt {
  readonly copy: HeldCredential;
}
export interface Chosen {
  readonly queryId: string;
  readonly candidate: Candidate<HeldCopy>;
}
/** A request of a proved asker, and what would answer it. */
export interface OpenedRequest {
  readonly request: VerifiedRequest;
  readonly chosen: readonly Chosen[];
}

/** Fetches the request object, proves who sent it, and chooses what would answer it. @throws ConsentProblem */
export async function openRequest(wallet: WalletContext, link: AuthorizationRequestLink): Promise<OpenedRequest> {
  const jwt = await fetchRequest(link.requestUri);
  const request = await proveAsker(wallet, link, jwt);
  return { request, chosen: await chooseCopies(wallet, request) };
}

async function fetchRequest(uri: string): Promise<string> {
  let answer: Response;
  try {
    answer = await ask(uri, { headers: { Accept: 'application/oauth-authz-req+jwt' }, redirect: 'error' });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new ConsentProblem(navigator.onLine ? 'no-answer' : 'offline');
  }
  if (answer.status === 404 || answer.status === 410) throw new ConsentProblem('request-gone');
  if (!answer.ok) throw new ConsentProblem('no-answer', `http-${answer.status}`);
  const text = await answer.text().catch(() => '');
  if (text === '') throw new ConsentProblem('no-answer');
  if (text.length > MAX_REQUEST_CHARACTERS) throw new ConsentProblem('forged', 'request-too-large');
  return text.trim();
}

/** With the kept roots first; where they do not know the asker, once more with what the issuer says now. */
async function proveAsker(
  wallet: WalletContext,
  link: AuthorizationRequestLink,
  jwt: string,
): Promise<VerifiedRequest> {
  const { db, clock, config } = wallet;
  const verify = (reader: readonly string[]) =>
    verifyAuthorizationRequest({
      jwt,
      ...link,
      anchors: reader.map(decodeBase64),
      atSeconds: clock.nowSeconds(),
      sha256: webHashes.sha256,
      verifyEs256: webVerifyEs256,
      certificates: { verifyCertificateChainAsync, certificateHasClientId },
    });
  const { anchors } = await db.read('anchors');
  try {
    return await verify(anchors?.reader ?? []);
  } catch (error) {
    if (!(error instanceof X509Error) || error.code !== 'anchor-unknown') throw problemOf(error);
    const fresh = await refreshReaderAnchors(db, config.issuer, clock).catch(() => undefined);
    if (fresh === undefined) throw new ConsentProblem('untrusted', error.code);
    return await verify(fresh.reader).catch((again: unknown) => {
      throw problemOf(again);
    });
  }
}

const decodeBase64 = (text: string) =>
  decodeBase64url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'));

const NOT_SUPPORTED = /not-supported|format|encryption/;

function problemOf(error: unknown): unknown {
  if (error instanceof X509Error) {
    if (error.code === 'certificate-expired') return new ConsentProblem('certificate-expired', error.code);
    return new ConsentProblem(error.code === 'anchor-unknown' ? 'untrusted' : 'forged', error.code);
  }
  if (error instanceof RequestRefusal) {
    return new ConsentProblem(error.code === 'request-expired' ? 'request-gone' : 'forged', error.code);
  }
  if (error instanceof AuthorizationRequestError || error instanceof DcqlQueryError) {
    return new ConsentProblem(NOT_SUPPORTED.test(error.code) ? 'not-supported' : 'forged', error.code);
  }
  return error instanceof JwsError ? new ConsentProblem('forged', error.code) : error;
}

/** Unused copies only; an empty store is filled first. What is shown for consent is read from these very copies. */
async function chooseCopies(wallet: WalletContext, request: VerifiedRequest): Promise<readonly Chosen[]> {
  const wanted = request.query.credentials.length;
  let copies = await unused(wallet);
  if (copies.length < wanted) {
    const { db, clock } = wallet;
    const { state } = await db.read('state');
    if (state !== undefined) await refill({ db, clock, call: createHolderLine(db, clock) }, state).catch(() => {});
    copies = await unused(wallet);
  }
  if (copies.length === 0) throw new ConsentProblem('no-copies');
  const held = copies
    .slice(0, wanted)
    .map((copy): HeldCopy => ({ copy, sdJwt: parseSdJwt(copy.credential, digestText) }));
  const selection = selectCredentials(request.query, held);
  if (!selection.answerable) throw new ConsentProblem('no-match', selection.missing.join(' '));
  const chosen = assignCopies(selection.credentials);
  if (chosen === undefined) throw new ConsentProblem('no-copies');
  return chosen;
}

const unused = async ({ db, clock }: WalletContext) =>
  unusedCopies(await db.credentials(STUDENT_ID), clock.nowSeconds());
