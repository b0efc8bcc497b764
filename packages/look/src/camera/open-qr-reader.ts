import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';
import { prepareQrReader, type ReadQrCodes } from './read-qr-codes.js';

/** The decoder with the page's own copy of its bytes. */
export async function openQrReader(): Promise<ReadQrCodes> {
  return prepareQrReader(await (await fetch(wasmUrl)).arrayBuffer());
}
