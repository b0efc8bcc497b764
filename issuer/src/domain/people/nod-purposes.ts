/** What a window may ask for a student's page for: a closed list, so that a wallet can say it in both languages. */
export const NOD_PURPOSES = ['affairs', 'documents', 'card', 'other'] as const;
export type NodPurpose = (typeof NOD_PURPOSES)[number];
