/** Ways out of the house, each to addresses of its own. */
export const noticeChannels = ['mail', 'push', 'messenger'] as const;
export type NoticeChannel = (typeof noticeChannels)[number];
/** Something waits for the person, or nothing does any more. */
export const noticeUrgencies = ['urgent', 'other'] as const;
export type NoticeUrgency = (typeof noticeUrgencies)[number];
/** `in-app`: does not leave the house. */
export const noticePaces = ['at-once', 'digest', 'in-app'] as const;
export type NoticePace = (typeof noticePaces)[number];

/** How somebody wants to hear of his cases; times `HH:MM` are of the school's zone, equal quiet times mean none. */
export interface NoticeSettings {
  language: 'zh' | 'en';
  channels: Record<NoticeChannel, Record<NoticeUrgency, NoticePace>>;
  quiet_from: string;
  quiet_until: string;
  digest_at: string;
}

/** `GET /v1/notice-settings`. */
export interface NoticeSettingsAnswer {
  readonly settings: NoticeSettings;
  /** False: nobody chose yet, and these are the usual ones. A page begins with its own language then. */
  readonly chosen: boolean;
  readonly mail: {
    readonly offered: boolean;
    readonly address: string | null;
    readonly gone: boolean;
    readonly unconfirmed: string | null;
  };
  readonly push: { readonly browsers: number };
  readonly messenger: { readonly offered: boolean; readonly name: string | null; readonly you: string | null };
}
