/** Fields of the register a student may ask to have corrected; where a status change carries it out, which one. */
export const CORRECTABLE_FIELDS = {
  name: 'name-change',
  college: 'study-change',
  major: 'study-change',
  class: 'study-change',
  name_latin: 'roster',
  sex: 'roster',
  birth_date: 'roster',
  identity_document: 'roster',
  level: 'roster',
  length_of_study: 'roster',
  study_form: 'roster',
  entry_date: 'roster',
  expected_graduation: 'roster',
  rail_interval: 'roster',
  phone: 'roster',
  email: 'roster',
} as const;
export type CorrectableField = keyof typeof CORRECTABLE_FIELDS;
export const CORRECTABLE_FIELD_NAMES = Object.keys(CORRECTABLE_FIELDS) as [CorrectableField, ...CorrectableField[]];

export type CorrectionState = 'asked' | 'granted' | 'refused' | 'withdrawn';
/** Waiting at once; a registrar reads each of them. */
export const CORRECTIONS_OPEN_AT_MOST = 5;
