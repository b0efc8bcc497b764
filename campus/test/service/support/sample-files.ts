export const PDF = Buffer.from('%PDF-1.7\n1 0 obj<<>>endobj\n');
/** JFIF, an EXIF segment with a place in it, a scan. */
export const JPEG = Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  Buffer.from('ffe1000c', 'hex'),
  Buffer.from('Exif\0\0GPS!'),
  Buffer.from('ffda0002010203ffd9', 'hex'),
]);
