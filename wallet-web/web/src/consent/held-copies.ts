import {
  decodeBase64url,
  digestTextWith,
  type HeldMdoc,
  type HeldSdJwt,
  parseSdJwt,
  readableX5cChain,
  unusedCopies,
} from '@lanyard/protocol';
import { parseIssuerSigned } from '@lanyard/protocol/mdoc';
import { webHashes } from '@lanyard/protocol/web-crypto';
import { authorityKeyIdsOf } from '@lanyard/protocol/x509';
import type { WalletContext } from '../app/page.js';
import { STUDENT_ID, STUDENT_ID_MDOC } from '../issuer/obtain.js';
import { isOwnCard } from '../issuer/own-card.js';
import type { ClaimLabel, CredentialFormat, HeldCredential } from '../storage/kept.js';

export const digestText = digestTextWith(webHashes.sha256);

/** A card as the student knows it; a student ID in two formats is two of them. */
export interface CardOfWallet {
  readonly key: string;
  readonly own: boolean;
  readonly format: CredentialFormat;
  /** Undefined for the student ID: it has words of its own. */
  readonly names: { readonly zh: string; readonly en: string } | undefined;
  readonly issuerName: string;
  readonly labels: readonly ClaimLabel[];
}

/** One copy, read; `store` is where it has to be written down as used. */
export type HeldCopy = (HeldSdJwt | HeldMdoc) & {
  readonly copy: HeldCredential;
  readonly card: CardOfWallet;
  readonly store: 'credentials' | 'others';
};

/** The copies of one card that may be shown now, the one to take first in front. */
export interface HeldCard {
  readonly card: CardOfWallet;
  readonly copies: readonly HeldCopy[];
}

/** All cards of this wallet with what may be shown of them; `most` copies of each are read. */
export async function heldCards(wallet: WalletContext, most: number): Promise<HeldCard[]> {
  const { db, clock, config } = wallet;
  const nowSeconds = clock.nowSeconds();
  const cards: HeldCard[] = [];
  const { state } = await db.read('state');
  for (const [configuration, format] of [
    [STUDENT_ID, 'dc+sd-jwt'],
    [STUDENT_ID_MDOC, 'mso_mdoc'],
  ] as const) {
    // Who studies no more may have a document or an alumni ID to show, and no student ID.
    if (state !== undefined && state.credential_state !== 'valid') break;
    const issuerName = config.universityName === '' ? new URL(config.issuer).host : config.universityName;
    const card = { key: configuration, own: true, format, names: undefined, issuerName, labels: [] };
    const copies = unusedCopies(await db.credentials(configuration), nowSeconds).slice(0, most);
    cards.push({ card, copies: copies.map((copy) => readCopy(copy, card, 'credentials')) });
  }
  for (const stored of await db.cards()) {
    const { key, format, names, issuerName, labels } = stored;
    const card = { key, own: false, format, names, issuerName, labels };
    const all = await db.others(key);
    // Of our own issuer there are always more.
    const copies = (isOwnCard(stored) ? unusedCopies(all, nowSeconds) : orUsed(all, nowSeconds)).slice(0, most);
    cards.push({ card, copies: copies.map((copy) => readCopy(copy, card, 'others')) });
  }
  return cards;
}

/** Other issuers may give one copy only: it is shown again once all were, the longest ago first, and that is said. */
export function orUsed(copies: readonly HeldCredential[], nowSeconds: number): HeldCredential[] {
  const unused = unusedCopies(copies, nowSeconds);
  if (unused.length > 0) return unused;
  return copies
    .filter(({ expiresAtSeconds }) => expiresAtSeconds > nowSeconds)
    .sort((a, b) => (a.usedAtMs ?? 0) - (b.usedAtMs ?? 0));
}

function readCopy(copy: HeldCredential, card: CardOfWallet, store: HeldCopy['store']): HeldCopy {
  const common = { copy, card, store };
  if (card.format === 'mso_mdoc') {
    const mdoc = parseIssuerSigned(decodeBase64url(copy.credential));
    return { ...common, mdoc, authorityKeyIds: authorityKeyIdsOf(mdoc.x5chain) };
  }
  const sdJwt = parseSdJwt(copy.credential, digestText);
  return { ...common, sdJwt, authorityKeyIds: authorityKeyIdsOf(readableX5cChain(sdJwt.jws.header['x5c'])) };
}
