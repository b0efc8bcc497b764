import { openQrReader } from '@lanyard/look/camera/open-qr-reader.js';
import type { ReadQrCodes } from '@lanyard/look/camera/read-qr-codes.js';

const EVERY_MS = 120;

/** Reads QR codes from the camera until one is found or it is stopped. Rejects where there is no camera. */
export async function scanCodes(video: HTMLVideoElement, onText: (text: string) => void): Promise<() => void> {
  const opening = openQrReader();
  // It is awaited below; a fault before that is not one nobody sees.
  opening.catch(() => {});
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  let over = false;
  const stop = () => {
    over = true;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    const read = await opening;
    video.srcObject = stream;
    video.muted = true;
    await video.play();
    void watch(read);
    return stop;
  } catch (error) {
    stop();
    throw error;
  }
  async function watch(read: ReadQrCodes): Promise<void> {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d', { willReadFrequently: true });
    while (!over && context !== null) {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      if (canvas.width > 0) {
        context.drawImage(video, 0, 0);
        const picture = context.getImageData(0, 0, canvas.width, canvas.height);
        const [text] = await read(picture).catch((): string[] => []);
        if (!over && text !== undefined && text !== '') {
          onText(text);
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }
}
