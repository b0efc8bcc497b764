import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { type Queryable, Refusal, readJpegSize, stripJpegMetadata, type Transaction } from '@lanyard/platform';

const MAX_BYTES = 12_000;

/** Portraits, encrypted, named by the first 8 bytes of their SHA-256. The same picture is stored once. */
export function createPortraitStore(key: Buffer) {
  return {
    /** Checks, strips and stores a JPEG; answers its id. @throws Refusal `portrait-invalid` */
    async write(transaction: Transaction, jpeg: Uint8Array): Promise<Buffer> {
      const size = readJpegSize(jpeg);
      if (jpeg.length > MAX_BYTES || size?.width !== 240 || size.height !== 320) throw new Refusal('portrait-invalid');
      const picture = stripJpegMetadata(jpeg);
      const digest = createHash('sha256').update(picture).digest();
      const id = digest.subarray(0, 8);
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(id);
      const body = Buffer.concat([cipher.update(picture), cipher.final()]);
      // The update takes the row from the retention job: a picture handed in again is not swept under its student.
      await transaction.raw(
        `INSERT INTO portrait (id, digest, jpeg_encrypted) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET unused_since = NULL WHERE portrait.unused_since IS NOT NULL`,
        [id, digest, Buffer.concat([nonce, cipher.getAuthTag(), body])],
      );
      return id;
    },
    /** A picture of a batch as it was sent, bound to its run. */
    sealUpload(picture: Uint8Array, runId: number): Buffer {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(uploadPlace(runId));
      const body = Buffer.concat([cipher.update(picture), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    openUpload(sealed: Buffer, runId: number): Buffer {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      decipher.setAAD(uploadPlace(runId));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    },
    async read(on: Queryable, id: Buffer): Promise<Buffer | undefined> {
      const { rows } = await on.raw('SELECT jpeg_encrypted FROM portrait WHERE id = ?', [id]);
      const sealed: Buffer | undefined = rows[0]?.jpeg_encrypted;
      if (sealed === undefined) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      decipher.setAAD(id);
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    },
  };
}
export type PortraitStore = ReturnType<typeof createPortraitStore>;

const uploadPlace = (runId: number) => Buffer.from(`portrait upload ${runId}`, 'utf8');
