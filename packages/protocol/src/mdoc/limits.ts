/** Applied before anything is read: bytes of an IssuerSigned or a DeviceResponse. */
export const MDOC_MAX_BYTES = 131_072;
/** Arrays, maps and tags inside one another, in a document and in an element's value. */
export const MDOC_MAX_DEPTH = 16;
export const MDOC_ITEM_MAX_DEPTH = 8;
/** In one document; the limit of digests is for all namespaces of an MSO together. */
export const MDOC_MAX_NAMESPACES = 16;
export const MDOC_MAX_ELEMENTS = 256;
export const MDOC_MAX_DIGESTS = 1_024;
/** Digest identifiers are below this (18013-5, 2nd edition: DigestID < 2^31). */
export const DIGEST_ID_END = 0x80000000;
/** Of an IssuerSignedItem: what we write, and the least that §9.1.2.5 allows. */
export const ITEM_RANDOM_BYTES = 32;
export const ITEM_RANDOM_MIN_BYTES = 16;
