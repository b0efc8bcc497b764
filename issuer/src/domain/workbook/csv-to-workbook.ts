import writeWorkbook from 'write-excel-file/node';
import { createCsvSplitter } from '../roster/csv-splitter.js';
import { rosterColumns } from '../roster/roster-columns.js';

const MAX_ROW_BYTES = 65_536;
const REMARKS = 4;
/** Rows already formatted as text, so that what is typed there stays what was typed. */
const BLANK_ROWS = 200;

const textCell = (value: string) => ({ value, type: String, format: '@' }) as const;
const headCell = (value: string) => ({ ...textCell(value), fontWeight: 'bold' }) as const;

/**
 * The file of refused rows as a workbook. All cells are text: nothing is a formula and no digit is lost. The apostrophe
 * that guards a CSV from spreadsheets goes.
 */
export async function writeBadRowsWorkbook(csv: Buffer): Promise<Buffer> {
  const splitter = createCsvSplitter({ maxRecordBytes: MAX_ROW_BYTES });
  const records = [...splitter.push(csv), ...splitter.end()];
  const [head, ...rows] = records.map((record) => record.cells.map((cell) => cell.replace(/^\ufeff/, '')));
  const data = [
    (head ?? []).map(headCell),
    ...rows.map((cells) =>
      cells.map((cell) =>
        textCell(/^'[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(cell) ? cell.slice(1) : cell),
      ),
    ),
  ];
  const columns = (head ?? []).map((_, index) => ({ width: index > 0 && index < REMARKS ? 40 : 16 }));
  return writeWorkbook(data, { sheet: '退回行', columns, stickyRowsCount: 1 }).toBuffer();
}

const EXPLAINED = {
  studentNumber: ['文本，1 至 32 位字母、数字、连字符', 'text, 1 to 32 letters, digits, hyphens'],
  name: ['与证件一致；间隔号用“·”', 'as on the document; the separator is ·'],
  sex: ['男、女', '男 or 女'],
  birthDate: ['2005-06-03', '2005-06-03'],
  identityDocumentType: ['居民身份证、护照等', '居民身份证, 护照, …'],
  identityNumber: ['文本', 'text'],
  universityCode: ['学校标识码或其末五位', 'the ten-digit code or its last five digits'],
  level: ['专科、本科、第二学士学位、硕士、博士、预科', '专科, 本科, 第二学士学位, 硕士, 博士, 预科'],
  lengthOfStudy: ['年数，如 4', 'years, like 4'],
  studyForm: ['全日制、非全日制', '全日制 or 非全日制'],
  entryDate: ['2023-09-01', '2023-09-01'],
  expectedGraduation: ['2027-06-30', '2027-06-30'],
  enrolmentStatus: ['如 注册学籍（在籍在读）、休学、毕业', 'like 注册学籍 (在籍在读), 休学, 毕业'],
} as const;

/** A workbook to fill in: the columns on the first sheet, what belongs into them on the second. */
export async function writeTemplateWorkbook(): Promise<Buffer> {
  const blank = rosterColumns.map(() => textCell(''));
  const roster = [
    rosterColumns.map((column) => headCell(column.header)),
    ...Array.from({ length: BLANK_ROWS }, () => blank),
  ];
  const help = [
    ['列', '必填 required', '说明', 'Explanation'].map(headCell),
    ...rosterColumns.map((column) => {
      const [zh, en] = (EXPLAINED as Readonly<Record<string, readonly [string, string]>>)[column.key] ?? ['', ''];
      return [column.header, column.required ? '是 yes' : '否 no', zh, en].map(textCell);
    }),
  ];
  return writeWorkbook([
    { data: roster, sheet: '名册', columns: rosterColumns.map(() => ({ width: 16 })), stickyRowsCount: 1 },
    { data: help, sheet: '填写说明', columns: [16, 14, 48, 48].map((width) => ({ width })) },
  ]).toBuffer();
}

/** The same columns as CSV, with the mark by which spreadsheets know UTF-8. */
export const templateCsv = (): string => `\ufeff${rosterColumns.map((column) => column.header).join(',')}\r\n`;
