import type { NoticeChannel } from './notice-settings.js';

/** A code of a channel or of its server, as `smtp-451`, `push-503`, `timeout`. */
export interface NoticesByCode {
  readonly code: string;
  readonly notices: number;
}

/** One way out of the house, counted in notices, never by person. */
export interface ChannelDelivery {
  readonly channel: NoticeChannel;
  /** Whether it is set up here. */
  readonly offered: boolean;
  /** For their time: the digest, the end of quiet hours. */
  readonly waiting: number;
  /** Tried, not taken, tried again. */
  readonly retrying: readonly NoticesByCode[];
  /** When the oldest of these was to leave. */
  readonly retrying_since: string | null;
  /** Of the last 24 hours. */
  readonly sent: number;
  /** Of the last seven days: after eight attempts, or refused for good. */
  readonly given_up: readonly NoticesByCode[];
}

/** `GET /v1/notice-deliveries`. */
export interface NoticeDeliveriesAnswer {
  readonly channels: readonly ChannelDelivery[];
}
