import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';

/** Finds QR codes in pictures; the decoder is our own copy, handed over as bytes. */
export async function openCodeReader(): Promise<(picture: ImageData) => Promise<string[]>> {
  const wasmBinary = await (await fetch(wasmUrl)).arrayBuffer();
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  return async (picture) => {
    const found = await readBarcodes(picture, { formats: ['QRCode'], maxNumberOfSymbols: 1, tryHarder: true });
    return found.filter((code) => code.isValid).map((code) => code.text);
  };
}
