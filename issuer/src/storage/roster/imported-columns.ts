import { stagingColumns } from './staging-line.js';

/** What a roster says of a student; the other columns are none of its business. */
export const importedColumns = stagingColumns.filter((column) => column !== 'student_number' && column !== 'line');
