import { z } from 'zod';
import type { NoticeKind } from './notice.js';

/** Ways out of the house, each to addresses of its own. */
export const CHANNELS = ['mail', 'push', 'messenger'] as const;
export type Channel = (typeof CHANNELS)[number];

/** `in-app`: does not leave the house. */
const zPace = z.enum(['at-once', 'digest', 'in-app']);
export type Pace = z.output<typeof zPace>;
export const URGENCIES = ['urgent', 'other'] as const;
export type Urgency = (typeof URGENCIES)[number];

const zTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/);
const zPaces = z.strictObject({ urgent: zPace, other: zPace });

/** How somebody wants to hear of his cases. Times are of the school's zone; equal quiet times mean none. */
export const zNoticeSettings = z.strictObject({
  language: z.enum(['zh', 'en']),
  channels: z.strictObject({ mail: zPaces, push: zPaces, messenger: zPaces }),
  quiet_from: zTime,
  quiet_until: zTime,
  digest_at: zTime,
});
export type NoticeSettings = z.output<typeof zNoticeSettings>;

/** Of whoever chose nothing. Without an address nothing leaves; the messenger waits for a choice. */
export const USUAL_SETTINGS: NoticeSettings = {
  language: 'zh',
  channels: {
    mail: { urgent: 'at-once', other: 'digest' },
    push: { urgent: 'at-once', other: 'in-app' },
    messenger: { urgent: 'in-app', other: 'in-app' },
  },
  quiet_from: '22:00',
  quiet_until: '07:00',
  digest_at: '18:00',
};

/** Something waits for the person, or nothing does any more. */
export const URGENCY_OF: Readonly<Record<NoticeKind, Urgency>> = {
  'your-turn': 'urgent',
  returned: 'urgent',
  late: 'urgent',
  'asked-by-name': 'urgent',
  granted: 'other',
  refused: 'other',
  withdrawn: 'other',
  voided: 'other',
};

export const usesChannel = ({ channels }: NoticeSettings, channel: Channel): boolean =>
  URGENCIES.some((urgency) => channels[channel][urgency] !== 'in-app');
