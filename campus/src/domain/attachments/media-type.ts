import { stripJpegMetadata } from '@lanyard/platform';

/** What may be attached to a form; told by the first bytes, never by what a browser says. */
export const MEDIA_TYPES = ['application/pdf', 'image/jpeg', 'image/png'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];
export const MAX_ATTACHMENT_BYTES = 5 * 1024 * 1024;

const STARTS: readonly (readonly [MediaType, readonly number[]])[] = [
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
];

export const mediaTypeOf = (bytes: Uint8Array): MediaType | undefined =>
  STARTS.find(([, start]) => start.every((byte, at) => bytes[at] === byte))?.[0];

/** Without what a camera wrote beside a picture: where and when it was taken, with which device. */
export function withoutMetadata(bytes: Uint8Array, type: MediaType): Uint8Array {
  if (type === 'image/jpeg') return stripJpegMetadata(bytes);
  return type === 'image/png' ? stripPngMetadata(bytes) : bytes;
}

/** Chunks of PNG (third edition, §11) that say something of people, places and times. */
const PNG_METADATA = new Set(['tEXt', 'zTXt', 'iTXt', 'eXIf', 'tIME']);
const SIGNATURE_BYTES = 8;
const CHUNK_BYTES = 12;

function stripPngMetadata(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, SIGNATURE_BYTES)];
  let at = SIGNATURE_BYTES;
  while (at + CHUNK_BYTES <= bytes.length) {
    const end = at + CHUNK_BYTES + view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!PNG_METADATA.has(type)) kept.push(bytes.subarray(at, Math.min(end, bytes.length)));
    at = end;
    // What follows the end of the picture belongs to nobody's picture.
    if (type === 'IEND') break;
  }
  return Buffer.concat(kept);
}
