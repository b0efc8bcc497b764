import { rosterColumns } from '../../../../issuer/src/domain/roster/roster-columns.js';

export const ROSTER_COLUMN_HEADERS = rosterColumns.map((column) => column.header);
