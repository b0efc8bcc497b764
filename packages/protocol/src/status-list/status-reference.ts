/** Where a token's status stands: the list's URI and the entry's index (Token Status List §6.2). */
export type StatusReference = { readonly uri: string; readonly index: number };
