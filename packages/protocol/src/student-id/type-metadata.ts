import { sha256 } from '@noble/hashes/sha2.js';
import { type NameInTwo, STUDENT_ID_CLAIM_NAMES, STUDENT_ID_LOOK, STUDENT_ID_MEMBER_NAMES } from './claim-names.js';
import { REQUIRED_STUDENT_ID_CLAIMS, STUDENT_ID_CLAIMS, STUDENT_ID_VCT } from './student-id-claims.js';

/** Claims of the credential itself: in the clear always (SD-JWT VC §2.2.2.2). */
const NEVER_DISCLOSED_ALONE = ['iss', 'nbf', 'exp', 'vct', 'cnf', 'status'];

const labels = (names: NameInTwo) => [
  { locale: 'zh-CN', label: names.zh },
  { locale: 'en', label: names.en },
];

const card = (locale: string, name: string) => ({
  locale,
  name,
  rendering: { simple: { background_color: STUDENT_ID_LOOK.backgroundColour, text_color: STUDENT_ID_LOOK.textColour } },
});

/**
 * Type metadata of the student ID (SD-JWT VC §4) as it is served, to the byte: credentials carry its digest. It depends
 * on nothing of an installation, so every university's student ID is of one and the same type.
 */
export const STUDENT_ID_TYPE_METADATA: string = JSON.stringify({
  vct: STUDENT_ID_VCT,
  name: 'Electronic student ID',
  description: 'That a person studies at a university in China, issued by that university.',
  display: [card('zh-CN', STUDENT_ID_LOOK.name.zh), card('en', STUDENT_ID_LOOK.name.en)],
  claims: [
    ...STUDENT_ID_CLAIMS.flatMap((claim) => [
      {
        path: [claim],
        display: labels(STUDENT_ID_CLAIM_NAMES[claim]),
        sd: 'always',
        mandatory: REQUIRED_STUDENT_ID_CLAIMS.includes(claim),
      },
      ...Object.entries(STUDENT_ID_MEMBER_NAMES[claim] ?? {}).map(([member, names]) => ({
        path: [claim, member],
        display: labels(names),
        sd: 'never',
      })),
    ]),
    ...NEVER_DISCLOSED_ALONE.map((claim) => ({ path: [claim], sd: 'never' })),
  ],
});

/** `vct#integrity` of issued credentials: SRI digest (W3C SRI §3.5) of the document above. */
export const STUDENT_ID_VCT_INTEGRITY: string = vctIntegrityOf(sha256, STUDENT_ID_TYPE_METADATA);

/** SRI digest of a document as it is served. */
export function vctIntegrityOf(digest: (bytes: Uint8Array) => Uint8Array, document: string): string {
  return `sha256-${base64(digest(new TextEncoder().encode(document)))}`;
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
