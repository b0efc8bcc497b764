import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { smooth } from './smooth.js';

/** The texts of the QR codes in a picture; a code that is damaged beyond its error correction is none. */
export type ReadQrCodes = (picture: ImageData) => Promise<string[]>;

/**
 * The decoder of every camera here. Its bytes are handed over: the library would fetch them from elsewhere. After a
 * picture in which nothing was found the next is looked at smoothed, and so on in turns: sharp eyes for small codes,
 * calm ones for bad light, at the cost of one. Model 2 alone: in noise the small kinds (Micro, rMQR) are found by chance.
 */
export async function prepareQrReader(wasmBinary: ArrayBuffer): Promise<ReadQrCodes> {
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  let calm = false;
  return async (picture) => {
    const seen = calm ? smooth(picture) : picture;
    const found = await readBarcodes(seen, { formats: ['QRCodeModel2'], maxNumberOfSymbols: 1, tryHarder: true });
    const texts = found.filter((code) => code.isValid).map((code) => code.text);
    if (texts.length === 0) calm = !calm;
    return texts;
  };
}
