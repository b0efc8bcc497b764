import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { ArchiveError, readArchive } from '../../domain/archive/read-archive.js';
import { PORTRAIT, pictureTypeOf, sizeFaultOf } from '../../domain/portraits/portrait-rules.js';
import type { PortraitAnswer, PortraitJob } from './portrait-messages.js';

sharp.cache(false);
sharp.concurrency(1);
// No other decoder is ever reached, whatever a file pretends to be.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});

const QUALITIES = [84, 76, 68, 60, 52, 44, 36, 28, 20];

async function convert(picture: Uint8Array): Promise<PortraitAnswer> {
  if (picture.length > PORTRAIT.maxSentBytes) return { ok: false, code: 'portrait-too-large' };
  if (pictureTypeOf(picture) === undefined) return { ok: false, code: 'portrait-type-unsupported' };
  const open = () => sharp(picture, { limitInputPixels: PORTRAIT.maxPixels, failOn: 'error', pages: 1 });
  const size = await sizeOf(picture);
  if (size === undefined) return { ok: false, code: 'portrait-unreadable' };
  const fault = sizeFaultOf(size.width, size.height);
  if (fault !== undefined) return { ok: false, code: fault };
  try {
    const upright = await open()
      .rotate()
      .resize(PORTRAIT.width, PORTRAIT.height, { fit: 'cover', position: 'north' })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = upright.info;
    for (const quality of QUALITIES) {
      const jpeg = await sharp(upright.data, { raw: { width, height, channels } })
        .jpeg({ quality, progressive: false })
        .toBuffer();
      if (jpeg.length <= PORTRAIT.maxBytes) return { ok: true, jpeg };
    }
  } catch {
    return { ok: false, code: 'portrait-unreadable' };
  }
  return { ok: false, code: 'portrait-unreadable' };
}

/** Upright size by the header alone: nothing is decoded yet, and no limit is in the way of saying how large it is. */
async function sizeOf(picture: Uint8Array): Promise<{ width: number; height: number } | undefined> {
  try {
    const { width, height, orientation = 1 } = await sharp(picture, { limitInputPixels: false }).metadata();
    return orientation >= 5 ? { width: height, height: width } : { width, height };
  } catch {
    return undefined;
  }
}

async function work(job: PortraitJob): Promise<PortraitAnswer> {
  if (job.do === 'convert') return convert(job.picture);
  try {
    return { ok: true, entries: readArchive(readFileSync(job.path), job.limits) };
  } catch (error) {
    if (error instanceof ArchiveError) return { ok: false, code: error.code };
    throw error;
  }
}

process.on('message', (job: PortraitJob) => {
  work(job).then(
    (answer) => process.send?.(answer),
    () => process.exit(1),
  );
});
process.on('disconnect', () => process.exit(0));
