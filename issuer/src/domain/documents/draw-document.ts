import type { CaseDocument } from '../cases/case-document.js';
import { textWidth, wrapText } from './measure-text.js';
import { qrCode } from './qr-code.js';
import { type Mark, PAGE, writePdf } from './write-pdf.js';

const LEFT = 72;
const WIDTH = PAGE.width - 2 * LEFT;
const VALUE_AT = LEFT + 150;
const VALUE_WIDTH = LEFT + WIDTH - VALUE_AT;
/** Above it facts are written, below it the code and what it is for. */
const FOOT = 210;
const TOP = PAGE.height - 84;
const CODE_WIDTH = 108;
const QUIET_MODULES = 4;
const GREY = 0.35;

const text = (x: number, y: number, size: number, words: string, grey = 0): Mark => ({
  ...{ is: 'text', x, y, size, text: words, grey },
});
const centred = (y: number, size: number, words: string, grey = 0): Mark =>
  text((PAGE.width - textWidth(words, size)) / 2, y, size, words, grey);

/** A document as PDF: facts in both languages, and on each page the code by which anybody can look whether it stands. */
export function drawDocument(document: CaseDocument, link: string): Buffer {
  const pages: Mark[][] = [];
  let marks: Mark[] = [];
  let y = TOP;
  const turn = () => {
    marks = [...head(document)];
    pages.push(marks);
    y = TOP - 110;
  };
  turn();
  for (const { title, value } of document.facts) {
    const lines = linesOf(value);
    const names = [...wrapText(title.zh, 11, 140), ...wrapText(title.en, 8, 140)];
    const height =
      Math.max(
        lines.reduce((sum, line) => sum + line.size + 5, 0),
        30 + (names.length - 2) * 12,
      ) + 8;
    if (y - height < FOOT) turn();
    let at = y;
    for (const [place, name] of names.entries()) {
      const isZh = place < names.length - wrapText(title.en, 8, 140).length;
      marks.push(text(LEFT, at - 11, isZh ? 11 : 8, name, isZh ? 0 : GREY));
      at -= isZh ? 14 : 11;
    }
    at = y;
    for (const { size, words, grey } of lines) {
      marks.push(text(VALUE_AT, at - size, size, words, grey));
      at -= size + 5;
    }
    y -= height;
    marks.push({ is: 'box', x: LEFT, y: y + 4, width: WIDTH, height: 0.5, grey: 0.8 });
  }
  for (const [page, these] of pages.entries()) these.push(...foot(document, link, `${page + 1} / ${pages.length}`));
  return writePdf({ title: `${document.title.zh} ${document.title.en}`, createdOn: document.issued_on, pages });
}

/** Chinese, and English below it where it says something else. */
function linesOf(value: { zh: string; en: string }) {
  const lines = wrapText(value.zh, 13, VALUE_WIDTH).map((words) => ({ size: 13, words, grey: 0 }));
  if (value.en === value.zh) return lines;
  return [...lines, ...wrapText(value.en, 9, VALUE_WIDTH).map((words) => ({ size: 9, words, grey: GREY }))];
}

function head({ title, university, number }: CaseDocument): Mark[] {
  return [
    centred(TOP, 14, university),
    ...wrapText(title.zh, 24, WIDTH)
      .slice(0, 1)
      .map((line) => centred(TOP - 42, 24, line)),
    ...wrapText(title.en, 12, WIDTH)
      .slice(0, 1)
      .map((line) => centred(TOP - 64, 12, line, GREY)),
    text(LEFT, TOP - 92, 9, `编号 No. ${number}`, GREY),
  ];
}

function foot({ issued_on: issued, expires_on: expires }: CaseDocument, link: string, page: string): Mark[] {
  const codeX = LEFT + WIDTH - CODE_WIDTH;
  const codeY = 72;
  const lines: [number, string, number][] = [
    [10, `以上内容以学校学籍系统 ${issued} 的登记为准。`, 0],
    [8, `As the register of the university had it on ${issued}.`, GREY],
    [10, `签发日期 ${issued}    有效期至 ${expires}`, 0],
    [8, `Issued ${issued}, good until ${expires}.`, GREY],
    [10, '扫码或点击二维码，可核验真伪与现状。本件无须盖章。', 0],
    [8, 'Scan the code to see whether it is genuine and stands. It needs no stamp.', GREY],
  ];
  let y = codeY + CODE_WIDTH - 10;
  const words = lines.map(([size, line, grey]) => {
    const mark = text(LEFT, y, size, line, grey);
    y -= size === 10 ? 13 : 20;
    return mark;
  });
  return [
    ...words,
    ...codeMarks(link, codeX, codeY),
    { is: 'link', x: codeX, y: codeY, width: CODE_WIDTH, height: CODE_WIDTH, uri: link },
    centred(40, 8, page, GREY),
  ];
}

/** Dark modules in a row are one box: hairlines between them would be read as light. */
function codeMarks(link: string, x: number, y: number): Mark[] {
  const rows = qrCode(link);
  const module = CODE_WIDTH / (rows.length + 2 * QUIET_MODULES);
  return rows.flatMap((row, down) => {
    const marks: Mark[] = [];
    for (let from = 0; from < row.length; from += 1) {
      let to = from;
      while (row[to] === true) to += 1;
      if (to === from) continue;
      marks.push({
        ...{ is: 'box', x: x + (from + QUIET_MODULES) * module, width: (to - from) * module, height: module },
        y: y + CODE_WIDTH - (down + QUIET_MODULES + 1) * module,
      });
      from = to;
    }
    return marks;
  });
}
