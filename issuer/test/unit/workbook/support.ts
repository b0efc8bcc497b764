import { crc32, deflateRawSync } from 'node:zlib';
import { goodRow } from '../roster/support.js';

export interface Part {
  readonly name: string;
  readonly content: Buffer | string;
  /** What the directory states instead of the truth. */
  readonly states?: number;
  readonly flags?: number;
  readonly crc?: number;
}

/** A deflated zip archive, with lies where a test wants them. */
export function zipOf(parts: readonly Part[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const name = Buffer.from(part.name, 'utf8');
    const content = Buffer.from(part.content as string);
    const packed = deflateRawSync(content, { level: 9 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE((part.flags ?? 0) | 0x800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(part.crc ?? crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(part.states ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    bodies.push(Buffer.from('PK\u0003\u0004', 'latin1'), common, name, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), common, tail, name);
    at += 30 + name.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, listed, end]);
}

const NS = 'http://schemas.openxmlformats.org';
const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A cell as SpreadsheetML: text, `{ n }` a number as stored, `{ date }` a serial number in a date format, `{ f, v }`. */
export type TestCell =
  | string
  | { readonly n: string }
  | { readonly date: number }
  | { readonly f: string; readonly v?: string };

export interface TestSheet {
  readonly name: string;
  readonly rows: readonly (readonly TestCell[])[];
  readonly hidden?: boolean;
  readonly merged?: string;
}

const columnName = (index: number): string =>
  index < 26 ? String.fromCharCode(65 + index) : columnName(Math.floor(index / 26) - 1) + columnName(index % 26);

function cellXml(cell: TestCell, place: string): string {
  if (typeof cell === 'string')
    return cell === ''
      ? ''
      : `<c r="${place}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(cell)}</t></is></c>`;
  if ('n' in cell) return `<c r="${place}"><v>${cell.n}</v></c>`;
  if ('date' in cell) return `<c r="${place}" s="1"><v>${cell.date}</v></c>`;
  return `<c r="${place}" t="str"><f>${escapeXml(cell.f)}</f>${cell.v === undefined ? '' : `<v>${escapeXml(cell.v)}</v>`}</c>`;
}

const sheetXml = (sheet: TestSheet) =>
  `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="${NS}/spreadsheetml/2006/main"><sheetData>${sheet.rows
    .map(
      (row, index) =>
        `<row r="${index + 1}">${row.map((cell, place) => cellXml(cell, `${columnName(place)}${index + 1}`)).join('')}</row>`,
    )
    .join(
      '',
    )}</sheetData>${sheet.merged === undefined ? '' : `<mergeCells count="1"><mergeCell ref="${sheet.merged}"/></mergeCells>`}</worksheet>`;

/** The parts of a small workbook. */
export function workbookParts(sheets: readonly TestSheet[], options: { date1904?: boolean } = {}): Part[] {
  return [
    {
      name: '[Content_Types].xml',
      content: `<?xml version="1.0"?><Types xmlns="${NS}/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
    },
    {
      name: '_rels/.rels',
      content: `<Relationships xmlns="${NS}/package/2006/relationships"><Relationship Id="rId1" Type="${NS}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      content: `<workbook xmlns="${NS}/spreadsheetml/2006/main" xmlns:r="${NS}/officeDocument/2006/relationships">${options.date1904 ? '<workbookPr date1904="1"/>' : ''}<sheets>${sheets
        .map(
          (sheet, index) =>
            `<sheet name="${escapeXml(sheet.name)}" sheetId="${index + 1}"${sheet.hidden ? ' state="hidden"' : ''} r:id="rId${index + 1}"/>`,
        )
        .join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `<Relationships xmlns="${NS}/package/2006/relationships">${sheets
        .map(
          (_, index) =>
            `<Relationship Id="rId${index + 1}" Type="${NS}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet${index + 1}.xml"/>`,
        )
        .join(
          '',
        )}<Relationship Id="rId90" Type="${NS}/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`,
    },
    {
      name: 'xl/styles.xml',
      content: `<styleSheet xmlns="${NS}/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`,
    },
    ...sheets.map((sheet, index) => ({ name: `xl/worksheets/sheet${index + 1}.xml`, content: sheetXml(sheet) })),
  ];
}

export const workbookOf = (rows: readonly (readonly TestCell[])[], options: { date1904?: boolean } = {}): Buffer =>
  zipOf(workbookParts([{ name: '名册', rows }], options));

/** A roster of rows that differ from the good one in the cells given. */
export const rosterRows = (...changes: readonly Readonly<Record<string, TestCell>>[]): TestCell[][] => [
  Object.keys(goodRow),
  ...changes.map((change) => Object.values({ ...goodRow, ...change })),
];
