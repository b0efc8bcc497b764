/** Why a workbook is refused as a whole. */
export type WorkbookErrorCode =
  | 'workbook-unreadable'
  | 'workbook-encrypted'
  | 'workbook-old-format'
  | 'workbook-macros'
  | 'workbook-too-large'
  | 'workbook-unsafe'
  | 'workbook-merged-cells'
  | 'workbook-empty';

export class WorkbookError extends Error {
  override readonly name = 'WorkbookError';
  constructor(
    readonly code: WorkbookErrorCode,
    /** Cells or parts concerned. */
    readonly places: readonly string[] = [],
  ) {
    super(code);
  }
}
