import { encodeBase64url } from '../base64url/base64url.js';
import { assembleJws, type PreparedJws, prepareJws } from '../jws/create-jws.js';
import { TRUST_LIST_TYP, type TrustEntry, type TrustList } from './trust-list.js';

/** The operator's key as it stands in the header: public JWK members of a P-256 key. */
export type OperatorJwk = { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };

/** What is about to be signed; write it down first. */
export function prepareTrustList(list: TrustList, operator: OperatorJwk): PreparedJws {
  const { kty, crv, x, y } = operator;
  return prepareJws({ typ: TRUST_LIST_TYP, jwk: { kty, crv, x, y } }, encodeTrustList(list));
}

/** The compact text of a prepared list and its signature. */
export const assembleTrustList = assembleJws;

/** The payload, members in a fixed order: two equal lists are the same text. */
export function encodeTrustList(list: TrustList): object {
  return {
    sequence: list.sequence,
    iat: list.issuedAtSeconds,
    next_update: list.nextUpdateSeconds,
    exp: list.expiresSeconds,
    ...(list.previousDigest === undefined ? {} : { previous: encodeBase64url(list.previousDigest) }),
    ...(list.nextKeyDigest === undefined ? {} : { next_key: encodeBase64url(list.nextKeyDigest) }),
    universities: list.entries.map(encodeEntry),
  };
}

function encodeEntry(entry: TrustEntry): object {
  return {
    university_code: entry.universityCode,
    names: { 'zh-CN': entry.names.zh, en: entry.names.en },
    issuer: entry.issuerUrl,
    anchors: entry.anchors.map(encodeBase64url),
    reader_anchors: entry.readerAnchors.map(encodeBase64url),
    state: entry.state,
    since: entry.sinceSeconds,
    retired: entry.retired.map(({ kid, sinceSeconds }) => ({ kid, since: sinceSeconds })),
    pass_keys: entry.passKeysUrl,
    status_aggregate: entry.statusAggregateUrl,
  };
}
