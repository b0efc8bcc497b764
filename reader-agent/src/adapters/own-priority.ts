import { constants, setPriority } from 'node:os';
import type { Logger } from '@lanyard/platform';

/**
 * A gate's box has one thing that must not wait: a person who has tapped. Called first of all, so that threads and the
 * reader process, which begin later, are asked for with it. Where the account may not (it takes CAP_SYS_NICE),
 * everything goes on as before.
 */
export function askForPriority(log: Pick<Logger, 'info'>): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    log.info('priority.ordinary');
  }
}
