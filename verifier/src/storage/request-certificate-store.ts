import type { Clock, Database } from '@lanyard/platform';

/** A certificate for a request signer, DER. */
export interface StoredCertificate {
  signerKid: Buffer;
  leaf: Buffer;
  root: Buffer;
  toMs: number;
}

/** The newest certificate of each request signer. */
export function createRequestCertificateStore(db: Database, clock: Clock) {
  return {
    async list(): Promise<StoredCertificate[]> {
      const { rows } = await db.raw('SELECT signer_kid, leaf, root, to_at FROM request_certificate WHERE to_at > ?', [
        new Date(clock.nowMs()),
      ]);
      return (rows as { signer_kid: Buffer; leaf: Buffer; root: Buffer; to_at: Date }[]).map((row) => ({
        signerKid: row.signer_kid,
        leaf: row.leaf,
        root: row.root,
        toMs: row.to_at.getTime(),
      }));
    },
    async put({ signerKid, leaf, root, toMs }: StoredCertificate): Promise<void> {
      await db.raw(
        `INSERT INTO request_certificate (signer_kid, leaf, root, to_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (signer_kid) DO UPDATE SET leaf = excluded.leaf, root = excluded.root, to_at = excluded.to_at`,
        [signerKid, leaf, root, new Date(toMs)],
      );
    },
  };
}
export type RequestCertificateStore = ReturnType<typeof createRequestCertificateStore>;
