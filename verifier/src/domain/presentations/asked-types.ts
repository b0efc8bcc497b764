import { DOCUMENT_VCT, STUDENT_ID_VCT } from '@lanyard/protocol';

/** Types of SD-JWT VC that a query may ask this verifier's callers for. Purposes and gates ask for student IDs alone. */
export const ASKED_VCTS: readonly string[] = [STUDENT_ID_VCT, DOCUMENT_VCT];

/** Those among the types a query names that can be proved here. */
export const askedVcts = (wanted: readonly string[]): string[] => ASKED_VCTS.filter((vct) => wanted.includes(vct));
