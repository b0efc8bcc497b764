import { z } from 'zod';

const FIRST = '1900-01-01';
const LAST = '2199-12-31';
const isInRange = (text: string) => text >= FIRST && text.slice(0, 10) <= LAST;
const told = `from ${FIRST} to ${LAST}`;

/** A day somebody sends, `YYYY-MM-DD`: one that every clock, column and language can hold. */
export const zDay = z.iso.date().refine(isInRange, told);

/** An instant somebody sends, RFC 3339 with its offset, in the same range. */
export const zInstant = z.iso.datetime({ offset: true }).refine(isInRange, told);
