import sharp from 'sharp';

/** A picture to hand in: noise, so that it is no smaller than a photograph. */
export function pictureOf(
  width: number,
  height: number,
  format: 'jpeg' | 'png' | 'webp' | 'gif' = 'jpeg',
  exif = false,
): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 120, sigma: 50 };
  const made = sharp({ create: { width, height, channels: 3, background: '#888', noise } });
  return (exif ? made.withExif({ IFD0: { Copyright: 'secret-place' } }) : made).toFormat(format).toBuffer();
}

/** One colour, and so very small for its many pixels. */
export const flatPicture = (width: number, height: number, format: 'png' | 'jpeg' = 'png'): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .toFormat(format)
    .toBuffer();

/** The same pixels, with what a camera says of how it was held. */
export const turnedPicture = (picture: Buffer): Promise<Buffer> =>
  sharp(picture).withMetadata({ orientation: 6 }).toBuffer();

export const hasExif = async (picture: Buffer): Promise<boolean> =>
  (await sharp(picture).metadata()).exif !== undefined;
