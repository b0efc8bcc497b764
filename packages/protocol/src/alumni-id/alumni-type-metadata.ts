import { sha256 } from '@noble/hashes/sha2.js';
import { type NameInTwo, STUDENT_ID_CLAIM_NAMES } from '../student-id/claim-names.js';
import { vctIntegrityOf } from '../student-id/type-metadata.js';
import {
  ALUMNI_ID_CLAIMS,
  ALUMNI_ID_LOOK,
  ALUMNI_ID_OWN_CLAIM_NAMES,
  ALUMNI_ID_VCT,
  type AlumniIdClaim,
  REQUIRED_ALUMNI_ID_CLAIMS,
} from './alumni-id-claims.js';

const NEVER_DISCLOSED_ALONE = ['iss', 'nbf', 'exp', 'vct', 'cnf', 'status'];

const card = (locale: string, name: string) => ({
  locale,
  name,
  rendering: { simple: { background_color: ALUMNI_ID_LOOK.backgroundColour, text_color: ALUMNI_ID_LOOK.textColour } },
});

/** Names people read for a claim of the alumni ID. */
export function alumniClaimNameOf(claim: AlumniIdClaim): NameInTwo {
  const names: { readonly [claim: string]: NameInTwo } = { ...STUDENT_ID_CLAIM_NAMES, ...ALUMNI_ID_OWN_CLAIM_NAMES };
  return names[claim] ?? { zh: claim, en: claim };
}

/** Type metadata of the alumni ID (SD-JWT VC §4), served to the byte. */
export const ALUMNI_ID_TYPE_METADATA: string = JSON.stringify({
  vct: ALUMNI_ID_VCT,
  name: 'Electronic alumni ID',
  description: 'That a person studied at a university in China and left it regularly, issued by that university.',
  display: [card('zh-CN', ALUMNI_ID_LOOK.name.zh), card('en', ALUMNI_ID_LOOK.name.en)],
  claims: [
    ...ALUMNI_ID_CLAIMS.map((claim) => ({
      path: [claim],
      display: [
        { locale: 'zh-CN', label: alumniClaimNameOf(claim).zh },
        { locale: 'en', label: alumniClaimNameOf(claim).en },
      ],
      sd: 'always',
      mandatory: REQUIRED_ALUMNI_ID_CLAIMS.includes(claim),
    })),
    ...NEVER_DISCLOSED_ALONE.map((claim) => ({ path: [claim], sd: 'never' })),
  ],
});

export const ALUMNI_ID_VCT_INTEGRITY: string = vctIntegrityOf(sha256, ALUMNI_ID_TYPE_METADATA);
