import { type Authenticate, createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import { type NoticeChannel, type NoticeDeliveriesAnswer, noticeChannels } from '../api/index.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { NoticeDeliveryStore } from '../storage/notice-delivery-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import { actingOperator, operators } from './acting-operator.js';

const zChannel = z.strictObject({ channel: z.enum(noticeChannels) });

/** Whether notices leave the house, for whoever runs the service: no person, no address, no text. */
export function createNoticeDeliveryRoutes(deps: {
  authenticate: Authenticate;
  delegations: DelegationStore;
  deliveries: NoticeDeliveryStore;
  isOffered: (channel: NoticeChannel) => Promise<boolean>;
  sealer: CaseSealer;
}) {
  const { deliveries } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      ...{ method: 'get', path: '/v1/notice-deliveries', callers: operators },
      summary: 'How each channel stands: what waits, is tried again, was sent, was given up',
    },
    async ({ caller, context }) => {
      await actingOperator(caller, context, deps);
      const states = await deliveries.state();
      const offered = await Promise.all(states.map(({ channel }) => deps.isOffered(channel)));
      const channels = states.map((state, index) => ({ ...state, offered: offered[index] ?? false }));
      return { body: { channels } satisfies NoticeDeliveriesAnswer };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/notice-deliveries/send-again', callers: operators, body: zChannel },
      summary: 'Tries again what a channel gave up within seven days',
    },
    async ({ body, caller, context }) => {
      const { actor } = await actingOperator(caller, context, deps);
      return { body: { notices: await deliveries.sendAgain(body.channel, actor) } };
    },
  );
  return router;
}
