import chineseDays from 'chinese-days';

/**
 * Whether people work on a day (YYYY-MM-DD) by the public calendar: holidays off, adjusted weekends on. Years that are
 * not announced yet have their weekends.
 */
export const isPublicWorkday = (day: string): boolean => chineseDays.isWorkday(day);
