/** Lists of the register that forms choose from: names of parts of the university, and no person. */
export const REFERENCE_LISTS = { colleges: 'college', majors: 'major', buildings: 'building' } as const;
export type ReferenceList = keyof typeof REFERENCE_LISTS;
export const referenceLists = Object.keys(REFERENCE_LISTS) as [ReferenceList, ...ReferenceList[]];
