import type { WalletContext } from '../app/page.js';
import { queueNotice } from '../issuer/notices.js';
import { isOwnCard } from '../issuer/own-card.js';
import { dropCard } from '../storage/drop-card.js';
import { keepRecord } from '../storage/keep-record.js';
import type { KeptOnce } from '../storage/kept.js';

/** All that belongs to the student ID; clock, anchors and what the device remembers stay. */
const OF_THE_CARD: (keyof KeptOnce)[] = [
  'gate',
  'line',
  'state',
  'face',
  'pending',
  'deferred',
  'authorization',
  'issuance',
  'claimSecret',
];

/**
 * Deletes the student ID: keys, copies, passes, gate key and line in one transaction, with a notice to the issuer that
 * carries the last line. Sent now, or when there is a network again.
 */
export async function deleteCard({ db, clock, contact }: WalletContext): Promise<void> {
  await db.write(async (transaction) => {
    const kept = transaction.objectStore('kept');
    const credentials = transaction.objectStore('credentials');
    const line = (await kept.get('line')) as KeptOnce['line'] | undefined;
    const issuance = (await kept.get('issuance')) as KeptOnce['issuance'] | undefined;
    const copies = await credentials.getAll();
    for (const card of (await transaction.objectStore('cards').getAll()).filter(isOwnCard))
      copies.push(...(await dropCard(transaction, card.key)));
    // What was still to be told of these batches is overtaken by this.
    const notices = transaction.objectStore('notices');
    for (const notice of await notices.getAll())
      if (notice.line === undefined && notice.id !== undefined) await notices.delete(notice.id);
    if (line !== undefined) {
      await queueNotice(transaction, 'credential_deleted', {
        endpoint: line.endpoints.notification ?? issuance?.notification,
        notificationIds: copies.map(({ notificationId }) => notificationId),
        line,
        atMs: clock.nowMs(),
      });
    }
    await credentials.clear();
    for (const name of OF_THE_CARD) await kept.delete(name);
    await keepRecord(transaction, { kind: 'deleted', atMs: clock.nowMs() });
  });
  contact();
}
