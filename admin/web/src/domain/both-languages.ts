import type { Words } from '@lanyard/look/forms/form-schema.js';

/** A text as it is handed in: where no English was written, it says what Chinese says. */
export const bothLanguages = (zh: string, en = ''): Words => ({
  zh: zh.trim(),
  en: en.trim() === '' ? zh.trim() : en.trim(),
});

/** The other way round, for changing it: English that says nothing of its own follows. */
export const ownEnglish = ({ zh, en }: Words): string => (en === zh ? '' : en);
