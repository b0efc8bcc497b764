/** Marks on a page, in points from its lower left corner. */
export type Mark =
  | {
      readonly is: 'text';
      readonly x: number;
      readonly y: number;
      readonly size: number;
      readonly text: string;
      readonly grey?: number;
    }
  | {
      readonly is: 'box';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly grey?: number;
    }
  | {
      readonly is: 'link';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly uri: string;
    };

export interface PdfInput {
  readonly title: string;
  /** YYYY-MM-DD */
  readonly createdOn: string;
  readonly pages: readonly (readonly Mark[])[];
}

/** A4 (ISO 216), in points. */
export const PAGE = { width: 595.28, height: 841.89 } as const;
const FONT_OBJECTS = 4;
const FIRST_PAGE_OBJECT = 3 + FONT_OBJECTS;

/**
 * A PDF 1.7 file (ISO 32000-1) of text and boxes; the same input gives the same bytes. ASCII is written in Helvetica, one of
 * the 14 standard fonts, all else in STSong-Light by the predefined CMap UniGB-UTF16-H (§9.7.5.2): viewers bring both
 * along, so nothing is embedded. There is no script, no form, no file in it; links are those given.
 */
export function writePdf({ title, createdOn, pages }: PdfInput): Buffer {
  const objects: string[] = [];
  const pageObject = (page: number) => FIRST_PAGE_OBJECT + page * 2;
  const kids = pages.map((_, page) => `${pageObject(page)} 0 R`).join(' ');
  objects.push(
    '<< /Type /Catalog /Pages 2 0 R /Lang (zh-CN) /ViewerPreferences << /DisplayDocTitle true >> >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UTF16-H /Encoding /UniGB-UTF16-H /DescendantFonts [4 0 R] >>',
    `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 5 0 R /DW 1000 >>`,
    '<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  );
  for (const [page, marks] of pages.entries()) {
    const content = marks.map(operatorsOf).join('');
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${PAGE.width} ${PAGE.height}] /Resources << /Font << /F1 3 0 R /F2 6 0 R >> >> /Contents ${pageObject(page) + 1} 0 R /Annots [${marks.map(annotationOf).join('')}] >>`,
      `<< /Length ${content.length} >>\nstream\n${content}endstream`,
    );
  }
  const day = createdOn.replaceAll('-', '');
  objects.push(`<< /Title ${hexText(title, true)} /CreationDate (D:${day}000000+08'00') >>`);
  return assemble(objects);
}

/** Everything is ASCII, so characters are bytes and offsets can be counted. */
function assemble(objects: readonly string[]): Buffer {
  let body = '%PDF-1.7\n';
  const offsets: number[] = [];
  for (const [at, object] of objects.entries()) {
    offsets.push(body.length);
    body += `${at + 1} 0 obj\n${object}\nendobj\n`;
  }
  const start = body.length;
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`;
  body += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info ${objects.length} 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(body, 'latin1');
}

const number = (value: number): string => String(Math.round(value * 1000) / 1000);

function operatorsOf(mark: Mark): string {
  const { x, y } = mark;
  if (mark.is === 'link') return '';
  const grey = `${number(mark.grey ?? 0)} g\n`;
  if (mark.is === 'box') return `${grey}${[x, y, mark.width, mark.height].map(number).join(' ')} re f\n`;
  const runs = [...mark.text.matchAll(/[\x20-\x7e]+|[^\x20-\x7e]+/g)].map(([run]) =>
    run.charCodeAt(0) < 0x7f && run.charCodeAt(0) >= 0x20
      ? `/F2 ${number(mark.size)} Tf <${Buffer.from(run, 'latin1').toString('hex')}> Tj `
      : `/F1 ${number(mark.size)} Tf ${hexText(run)} Tj `,
  );
  return `${grey}BT ${number(x)} ${number(y)} Td ${runs.join('')}ET\n`;
}

function annotationOf(mark: Mark): string {
  if (mark.is !== 'link') return '';
  const corners = [mark.x, mark.y, mark.x + mark.width, mark.y + mark.height].map(number).join(' ');
  const uri = Buffer.from(new URL(mark.uri).href, 'utf8').toString('hex');
  return `<< /Type /Annot /Subtype /Link /Rect [${corners}] /Border [0 0 0] /A << /S /URI /URI <${uri}> >> >>`;
}

/** UTF-16BE as a hexadecimal string: no character of it means anything to the format. */
function hexText(text: string, isMarked = false): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'));
  return `<${isMarked ? 'feff' : ''}${units.join('')}>`;
}
