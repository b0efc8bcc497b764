/** Seconds. */
export const MINUTE = 60;
export const HOUR = 3_600;
export const DAY = 86_400;
/** A working day: after it the person is asked again. */
export const SESSION_SECONDS = 12 * HOUR;
