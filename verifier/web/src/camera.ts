import { openQrReader } from '@lanyard/look/camera/open-qr-reader.js';

const WIDEST_PX = 960;
const BETWEEN_PICTURES_MS = 80;
const MAX_CODE = 2_048;

/**
 * Reads codes from the camera until stopped. Pictures stay in the page.
 *
 * @throws DOMException when the camera may not be used or there is none
 */
export async function startCamera(video: HTMLVideoElement, onCode: (code: string) => void): Promise<() => void> {
  const [read, media] = await Promise.all([
    openQrReader(),
    navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } }),
  ]);
  video.srcObject = media;
  await video.play();
  let running = true;
  void (async () => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d', { willReadFrequently: true });
    while (running) {
      const scale = Math.min(1, WIDEST_PX / Math.max(1, video.videoWidth));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      if (context !== null && canvas.width > 0) {
        context.drawImage(video, 0, 0, canvas.width, canvas.height);
        const codes = await read(context.getImageData(0, 0, canvas.width, canvas.height)).catch(() => []);
        for (const code of codes) if (running && code.length <= MAX_CODE) onCode(code);
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_PICTURES_MS));
    }
  })();
  return () => {
    running = false;
    for (const track of media.getTracks()) track.stop();
  };
}
