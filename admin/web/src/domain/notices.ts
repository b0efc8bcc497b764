/** What campus answers about notices that leave the house, as the console reads it. */
export const NOTICE_CHANNELS = ['mail', 'messenger'] as const;
export const NOTICE_URGENCIES = ['urgent', 'other'] as const;
export const NOTICE_PACES = ['at-once', 'digest', 'in-app'] as const;
type Paces = Record<(typeof NOTICE_URGENCIES)[number], (typeof NOTICE_PACES)[number]>;

export interface NoticeSettingsAnswer {
  settings: {
    language: 'zh' | 'en';
    channels: Record<'mail' | 'push' | 'messenger', Paces>;
    quiet_from: string;
    quiet_until: string;
    digest_at: string;
  };
  mail: { offered: boolean; address: string | null; gone: boolean; unconfirmed: string | null };
  messenger: { offered: boolean; name: string | null; you: string | null };
}
