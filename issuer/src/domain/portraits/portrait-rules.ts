/** What is asked of a picture, and what becomes of it. */
export const PORTRAIT = {
  width: 240,
  height: 320,
  /** Of the result. */
  maxBytes: 12_000,
  /** Of the picture as sent. */
  maxSentBytes: 8 * 1024 * 1024,
  /** Decided by the header, before anything is decoded. */
  maxPixels: 50_000_000,
  /** Width by height; the result is 3:4, cut from the upper middle. */
  minRatio: 0.5,
  maxRatio: 1.05,
} as const;

/** Why a picture is not taken. */
export const PORTRAIT_FAULTS = {
  'portrait-type-unsupported': {
    zh: '照片须是 JPEG、PNG 或 WebP。',
    en: 'A portrait is a JPEG, PNG or WebP picture.',
  },
  'portrait-too-large': { zh: '照片文件超过 8 MB。', en: 'The picture has more than 8 MB.' },
  'portrait-too-many-pixels': { zh: '照片像素太多，最多五千万。', en: 'The picture has more than 50 million pixels.' },
  'portrait-too-small': {
    zh: '照片裁成 3:4 后须至少 240 × 320 像素。',
    en: 'Cut to 3:4, the picture has to have at least 240 × 320 pixels.',
  },
  'portrait-ratio': {
    zh: '照片须是竖幅，宽高比在 1:2 到 1:1 之间。',
    en: 'The picture has to be upright, between 1:2 and 1:1.',
  },
  'portrait-unreadable': {
    zh: '照片读不出来，文件可能已损坏。',
    en: 'The picture cannot be read; the file is damaged.',
  },
} as const;
export type PortraitFault = keyof typeof PORTRAIT_FAULTS;

/** Why a file of a batch is left aside before its picture is looked at. */
export const PORTRAIT_FILE_FAULTS = {
  'file-type-unsupported': { zh: '不是照片文件。', en: 'This is no picture file.' },
  'student-number-malformed': { zh: '文件名不是学号。', en: 'The file name is no student number.' },
  'student-number-duplicate': { zh: '同一学号已有一张照片。', en: 'Another picture has the same student number.' },
  'student-not-found': { zh: '名册里没有这个学号。', en: 'No student has this number.' },
} as const;

/** Why a person rejects a portrait; its student sees the text. */
export const PORTRAIT_REJECTIONS = {
  'not-facing': { zh: '没有正对镜头', en: 'not facing the camera' },
  'face-covered': { zh: '面部被遮挡', en: 'the face is covered' },
  'too-dark': { zh: '过暗、过亮或模糊', en: 'too dark, too bright or blurred' },
  background: { zh: '背景杂乱', en: 'the background is not plain' },
  'several-people': { zh: '画面中不止一人', en: 'more than one person' },
  'not-a-portrait': { zh: '不是本人证件照', en: 'not a portrait' },
  outdated: { zh: '照片过旧', en: 'the picture is too old' },
} as const;
export type PortraitRejection = keyof typeof PORTRAIT_REJECTIONS;
export const PORTRAIT_REJECTION_CODES = Object.keys(PORTRAIT_REJECTIONS) as PortraitRejection[];

/** The type a picture begins as; its name and what a sender calls it do not count. */
export function pictureTypeOf(head: Uint8Array): 'jpeg' | 'png' | 'webp' | undefined {
  const begins = (bytes: readonly number[], at = 0) => bytes.every((byte, index) => head[at + index] === byte);
  if (begins([0xff, 0xd8, 0xff])) return 'jpeg';
  if (begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (begins([0x52, 0x49, 0x46, 0x46]) && begins([0x57, 0x45, 0x42, 0x50], 8)) return 'webp';
  return undefined;
}

/** Why a picture of this size cannot become a portrait; undefined where it can. */
export function sizeFaultOf(width: number, height: number): PortraitFault | undefined {
  if (width * height > PORTRAIT.maxPixels) return 'portrait-too-many-pixels';
  const ratio = width / height;
  if (!(ratio >= PORTRAIT.minRatio && ratio <= PORTRAIT.maxRatio)) return 'portrait-ratio';
  const cutWidth = Math.min(width, (height * PORTRAIT.width) / PORTRAIT.height);
  return cutWidth < PORTRAIT.width ? 'portrait-too-small' : undefined;
}

const PICTURE_NAME = /(?:^|\/)([^/]+)\.(?:jpe?g|png|webp)$/i;
const NOT_MEANT = /(?:^|\/)(?:__MACOSX\/|\.|Thumbs\.db$|desktop\.ini$)/i;

/** The student a file of a batch is about, by its name; undefined for what systems add by themselves. */
export function studentOfFile(
  name: string,
): { number: string } | { code: 'file-type-unsupported' | 'student-number-malformed' } | undefined {
  if (NOT_MEANT.test(name)) return undefined;
  const number = PICTURE_NAME.exec(name)?.[1];
  if (number === undefined) return { code: 'file-type-unsupported' };
  return /^[A-Za-z0-9-]{1,32}$/.test(number) ? { number } : { code: 'student-number-malformed' };
}
