import writeWorkbook from 'write-excel-file/node';

/** A text or a number; null for what is not told. */
export type Cell = string | number | null;
export interface Sheet {
  readonly name: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const FORMULA = /^[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
/** Text that a spreadsheet could take for a formula, once it is copied or saved as CSV, begins with an apostrophe. */
export const guarded = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

/** A workbook of texts and numbers: no cell is a formula. */
export async function writeTable({ name, head, rows }: Sheet): Promise<Buffer> {
  const textCell = (value: string) => ({ value: guarded(value), type: String, format: '@' }) as const;
  const cellOf = (cell: Cell) =>
    typeof cell === 'number' ? ({ value: cell, type: Number } as const) : textCell(cell ?? '');
  const data = [
    head.map((title) => ({ ...textCell(title), fontWeight: 'bold' }) as const),
    ...rows.map((row) => row.map(cellOf)),
  ];
  const columns = head.map(() => ({ width: 18 }));
  return writeWorkbook(data, { sheet: name, columns, stickyRowsCount: 1 }).toBuffer();
}
