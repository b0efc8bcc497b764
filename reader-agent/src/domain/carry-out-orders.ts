import type { GateOrder } from '@lanyard/protocol';
import type { DecisionSession, ShownVerdict } from './decision-session.js';

/**
 * Carries out what staff ordered through the signed package: each order once, also over a restart, and only before its
 * time is over; a release only where the policy allows guards to let in.
 */
export function carryOutOrders(
  orders: readonly GateOrder[],
  gate: {
    readonly session: Pick<DecisionSession, 'openByHand' | 'forgive' | 'inForce'>;
    readonly nowSeconds: number;
    readonly onOpened: (shown: ShownVerdict) => void;
  },
): void {
  for (const { id, kind, rowNumber, untilSeconds } of orders) {
    if (gate.nowSeconds > untilSeconds) continue;
    if (kind === 'forgive') {
      if (rowNumber !== null) gate.session.forgive(rowNumber, id);
      continue;
    }
    if (!gate.session.inForce().policy.guard_release) continue;
    const shown = gate.session.openByHand({ scheme: 'guard', row: rowNumber, orderId: id });
    if (shown !== undefined) gate.onOpened(shown);
  }
}
