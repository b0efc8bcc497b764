import type { WorkbookErrorCode } from '../../domain/workbook/workbook-error.js';
import type { SheetText } from '../../domain/workbook/workbook-to-csv.js';

/** `read`: a workbook to CSV; `write`: the file of refused rows, CSV, to a workbook. Paths of files. */
export type WorkbookJob =
  | { readonly do: 'read'; readonly from: string; readonly to: string; readonly textColumns: readonly string[] }
  | { readonly do: 'write'; readonly from: string; readonly to: string };

export type WorkbookAnswer =
  | ({ readonly ok: true } & Partial<SheetText>)
  | { readonly ok: false; readonly code: WorkbookErrorCode; readonly places: readonly string[] };
