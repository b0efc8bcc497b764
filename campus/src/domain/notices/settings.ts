import { z } from 'zod';
import {
  type NoticeChannel,
  type NoticeSettings,
  type NoticeUrgency,
  noticePaces,
  noticeUrgencies,
} from '../../api/index.js';
import type { NoticeKind } from './notice.js';

const zPace = z.enum(noticePaces);

const zTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/);
const zPaces = z.strictObject({ urgent: zPace, other: zPace });

export const zNoticeSettings = z.strictObject({
  language: z.enum(['zh', 'en']),
  channels: z.strictObject({ mail: zPaces, push: zPaces, messenger: zPaces }),
  quiet_from: zTime,
  quiet_until: zTime,
  digest_at: zTime,
}) satisfies z.ZodType<NoticeSettings>;

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

export const URGENCY_OF: Readonly<Record<NoticeKind, NoticeUrgency>> = {
  'your-turn': 'urgent',
  returned: 'urgent',
  late: 'urgent',
  'asked-by-name': 'urgent',
  danger: 'urgent',
  incident: 'urgent',
  'talk-opened': 'urgent',
  'talk-message': 'urgent',
  'talk-ended': 'other',
  granted: 'other',
  refused: 'other',
  withdrawn: 'other',
  voided: 'other',
};

/** Leaves the house at once and at any hour, whatever pace and quiet hours somebody chose. */
export const wakes = (kind: NoticeKind): boolean => kind === 'danger' || kind === 'incident';

export const usesChannel = ({ channels }: NoticeSettings, channel: NoticeChannel): boolean =>
  noticeUrgencies.some((urgency) => channels[channel][urgency] !== 'in-app');
