import { sha256 } from '@noble/hashes/sha2.js';
import { vctIntegrityOf } from '../student-id/type-metadata.js';
import {
  DOCUMENT_CLAIM_NAMES,
  DOCUMENT_CLAIMS,
  DOCUMENT_LOOK,
  DOCUMENT_VCT,
  REQUIRED_DOCUMENT_CLAIMS,
} from './document-claims.js';

const NEVER_DISCLOSED_ALONE = ['iss', 'nbf', 'exp', 'vct', 'cnf', 'status'];

const card = (locale: string, name: string) => ({
  locale,
  name,
  rendering: { simple: { background_color: DOCUMENT_LOOK.backgroundColour, text_color: DOCUMENT_LOOK.textColour } },
});

/** Type metadata of documents (SD-JWT VC §4), served to the byte. */
export const DOCUMENT_TYPE_METADATA: string = JSON.stringify({
  vct: DOCUMENT_VCT,
  name: 'Electronic document',
  description: 'A document that a university in China issued to one of its students, with the facts it certifies.',
  display: [card('zh-CN', DOCUMENT_LOOK.name.zh), card('en', DOCUMENT_LOOK.name.en)],
  claims: [
    ...DOCUMENT_CLAIMS.map((claim) => ({
      path: [claim],
      display: [
        { locale: 'zh-CN', label: DOCUMENT_CLAIM_NAMES[claim].zh },
        { locale: 'en', label: DOCUMENT_CLAIM_NAMES[claim].en },
      ],
      sd: 'always',
      mandatory: REQUIRED_DOCUMENT_CLAIMS.includes(claim),
    })),
    ...NEVER_DISCLOSED_ALONE.map((claim) => ({ path: [claim], sd: 'never' })),
  ],
});

export const DOCUMENT_VCT_INTEGRITY: string = vctIntegrityOf(sha256, DOCUMENT_TYPE_METADATA);
