import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

export { launchWholeBrowser as launchBrowser } from '../../packages/platform/test/support/browser.js';

let prepared: Promise<unknown> | undefined;

/** Reads the QR code of a picture (PNG or JPEG) as a camera's decoder does; undefined where there is none. */
export async function readCode(picture: Buffer): Promise<string | undefined> {
  prepared ??= (async () => {
    const require = createRequire(import.meta.url);
    const wasm = readFileSync(require.resolve('zxing-wasm/reader/zxing_reader.wasm'));
    await prepareZXingModule({
      overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength) as ArrayBuffer },
      fireImmediately: true,
    });
  })();
  await prepared;
  const found = await readBarcodes(new Uint8Array(picture), { formats: ['QRCode'], tryHarder: true });
  return found[0]?.text;
}
