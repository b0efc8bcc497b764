import type { FindingCode, RosterFileErrorCode } from './finding.js';

/** Cause and next step for the registrar, by code; what is shown is looked up here and nowhere else. */
export interface FindingText {
  readonly zh: string;
  readonly en: string;
}

function text(zh: string, en: string): FindingText {
  return { zh, en };
}

export const findingTexts: Readonly<Record<FindingCode, FindingText>> = {
  'student-number-missing': text(
    '学号为空。请补上学号后重新导入。',
    'The student number is empty. Fill it in and import again.',
  ),
  'student-number-mangled-by-spreadsheet': text(
    '学号已被电子表格改写（科学计数、小数、千分位或文本标记），原数字可能已丢失。请把该列设为文本，从学籍系统重新导出。',
    'A spreadsheet rewrote the student number (scientific notation, decimals, separators or text marks); digits may be lost. Format the column as text and export again from the source system.',
  ),
  'student-number-malformed': text(
    '学号只能由1至32位字母、数字和中间的连字符组成。请更正学号。',
    'A student number has 1 to 32 letters, digits and inner hyphens. Correct it.',
  ),
  'student-number-duplicate': text(
    '学号与文件中前面一行相同。请核对两行，只保留正确的一行。',
    'An earlier row of the file has the same student number. Compare both rows and keep the right one.',
  ),
  'name-missing': text('姓名为空。请补上姓名。', 'The name is empty. Fill it in.'),
  'value-missing': text('必填项为空。请补上该项。', 'A required cell is empty. Fill it in.'),
  'value-too-long': text('内容超过200个字符。请核对该项。', 'The cell is longer than 200 characters. Check it.'),
  'sex-unknown': text('性别只能填“男”或“女”。请更正。', 'Sex must be 男 or 女. Correct it.'),
  'sex-differs-from-identity-number': text(
    '性别与身份证号码第17位不一致。请核对证件后更正其中一项。',
    'Sex differs from digit 17 of the identity number. Check the document and correct one of them.',
  ),
  'birth-date-impossible': text(
    '出生日期不存在或无法识别。请按2005-06-03的格式填写。',
    'The birth date does not exist or cannot be read. Write it like 2005-06-03.',
  ),
  'birth-date-differs-from-identity-number': text(
    '出生日期与身份证号码第7至14位不一致。请核对证件后更正其中一项。',
    'The birth date differs from digits 7 to 14 of the identity number. Check the document and correct one of them.',
  ),
  'identity-number-length': text(
    '身份证号码不是18位，可能缺位、为15位旧号码或被电子表格改写。请按证件填写完整号码。',
    'The identity number does not have 18 characters: digits are missing, it is an old 15-digit number, or a spreadsheet rewrote it. Enter it as on the card.',
  ),
  'identity-number-check-digit': text(
    '身份证号码的校验位不符，有数字写错或被改写。请按证件核对。',
    'The check character of the identity number does not fit: a digit is wrong. Compare it with the card.',
  ),
  'identity-number-duplicate': text(
    '证件号码与文件中前面一行相同。请核对是否同一人重复录入。',
    'An earlier row of the file has the same identity document. Check whether one person was entered twice.',
  ),
  'university-code-foreign': text(
    '院校代码不是本校。请删除该行，或更正院校代码。',
    'The university code is not ours. Remove the row or correct the code.',
  ),
  'grade-unreadable': text(
    '年级应为四位年份，如2023。请更正。',
    'The grade is a four-digit year such as 2023. Correct it.',
  ),
  'level-unknown': text(
    '培养层次无法识别。请填专科、本科、第二学士学位、硕士、博士或预科。',
    'The level is not known. Write 专科, 本科, 第二学士学位, 硕士, 博士 or 预科.',
  ),
  'length-of-study-unreadable': text(
    '学制应为年数，如4或2.5。请更正。',
    'The length of study is a number of years such as 4 or 2.5. Correct it.',
  ),
  'study-form-unknown': text(
    '学习形式无法识别。请填全日制或非全日制。',
    'The study form is not known. Write 全日制 or 非全日制.',
  ),
  'entry-date-impossible': text(
    '入学日期不存在或无法识别。请按2023-09-01的格式填写。',
    'The entry date does not exist or cannot be read. Write it like 2023-09-01.',
  ),
  'expected-graduation-impossible': text(
    '预计毕业日期不存在或无法识别。请按2027-06-30的格式填写。',
    'The expected graduation does not exist or cannot be read. Write it like 2027-06-30.',
  ),
  'graduation-before-entry': text(
    '预计毕业日期不晚于入学日期。请核对这两个日期。',
    'The expected graduation is not after the entry date. Check both dates.',
  ),
  'enrolment-status-unknown': text(
    '学籍状态不在规定的状态之内。请填写规定的学籍状态，如在籍在读、休学、毕业。',
    'The enrolment status is none of the defined ones. Use a defined status such as 在籍在读, 休学, 毕业.',
  ),
  'too-many-columns': text(
    '该行的列数多于表头，内容可能已错位。请检查多余的逗号，含逗号的内容要加引号。',
    'The row has more cells than the header, so cells may have moved. Look for a stray comma; quote text that holds one.',
  ),
  'too-few-columns': text(
    '该行的列数少于表头，内容可能已错位。请补齐缺少的列。',
    'The row has fewer cells than the header, so cells may have moved. Add the missing ones.',
  ),
  'quote-unclosed': text('引号没有成对。请补上或删除引号。', 'A quotation mark is not closed. Close or remove it.'),
  'quote-misplaced': text(
    '引号后还有文字，无法分列。请把引号写成两个，或删除。',
    'Text follows a closing quotation mark. Double the mark inside the text or remove it.',
  ),
  'row-too-large': text(
    '该行过长，不是一行名册数据。请检查该行。',
    'The row is too long to be a roster row. Check it.',
  ),
  'undecodable-bytes': text(
    '该行有无法解码的字符，编码与文件其余部分不同或字符已丢失。请用UTF-8重新导出。',
    'The row holds bytes that cannot be decoded: another encoding, or lost characters. Export again as UTF-8.',
  ),
  'zero-width-character': text('已删除看不见的字符。无需处理。', 'Invisible characters were removed. Nothing to do.'),
  'control-character': text(
    '已删除控制字符或换行。请顺便核对该项。',
    'Control characters or line breaks were removed. Have a look at the cell.',
  ),
  'surrounding-white-space': text('已删除前后的空格。无需处理。', 'Spaces at the ends were removed. Nothing to do.'),
  'unusual-white-space': text(
    '已把特殊空格改为普通空格。无需处理。',
    'Unusual spaces became ordinary ones. Nothing to do.',
  ),
  'white-space-inside-name': text(
    '已删除姓名中间的空格。请核对姓名。',
    'Spaces between the characters of a name were removed. Check the name.',
  ),
  'full-width-characters': text(
    '已把全角字符改为半角。无需处理。',
    'Full-width characters became ordinary ones. Nothing to do.',
  ),
  'middle-dot-variant': text(
    '姓名中的间隔号已统一为“·”。无需处理。',
    'The dot between the parts of the name became “·”. Nothing to do.',
  ),
  'lower-case-check-character': text(
    '身份证号码末位的x已改为X。无需处理。',
    'The final x of the identity number became X. Nothing to do.',
  ),
  'compact-date': text(
    '已把20050603形式的日期改为2005-06-03。无需处理。',
    'A date like 20050603 became 2005-06-03. Nothing to do.',
  ),
  'slashed-date': text(
    '已把2005/6/3形式的日期改为2005-06-03。无需处理。',
    'A date like 2005/6/3 became 2005-06-03. Nothing to do.',
  ),
  'dotted-date': text(
    '已把2005.6.3形式的日期改为2005-06-03。无需处理。',
    'A date like 2005.6.3 became 2005-06-03. Nothing to do.',
  ),
  'chinese-date': text(
    '已把2005年6月3日形式的日期改为2005-06-03。无需处理。',
    'A date like 2005年6月3日 became 2005-06-03. Nothing to do.',
  ),
  'unpadded-date': text(
    '已把2005-6-3形式的日期补为2005-06-03。无需处理。',
    'A date like 2005-6-3 became 2005-06-03. Nothing to do.',
  ),
  'number-not-text': text(
    '该项在工作簿里存为数字或日期，前面的零或末尾的数字可能已丢失。请把该列设为文本，从学籍系统重新导出或重新填写。',
    'The workbook stores this identifier as a number or a date; leading zeros or last digits may be lost. Format the column as text and export or enter it again.',
  ),
  'formula-like-text-kept-as-text': text(
    '内容像公式，已按文字原样保留，不会被执行。请核对是否误填。',
    'The text looks like a formula. It is kept as text and never executed. Check whether it was meant.',
  ),
};

export const rosterFileErrorTexts: Readonly<Record<RosterFileErrorCode, FindingText>> = {
  'file-empty': text('文件是空的。请重新导出名册。', 'The file is empty. Export the roster again.'),
  'file-is-not-csv': text(
    '这是Excel工作簿，不是CSV。请另存为“CSV UTF-8（逗号分隔）”后再导入。',
    'This is a workbook, not CSV. Save it as “CSV UTF-8 (comma delimited)” and import that.',
  ),
  'encoding-unsupported': text(
    '文件编码是UTF-16。请另存为UTF-8或GB 18030。',
    'The file is encoded as UTF-16. Save it as UTF-8 or GB 18030.',
  ),
  'header-column-missing': text(
    '表头缺少必需的列。请补上所列的列。',
    'The header lacks required columns. Add the columns named.',
  ),
  'header-duplicate': text('表头有重复的列名。请只保留一列。', 'The header names a column twice. Keep one of them.'),
  'header-unreadable': text(
    '第一行不是名册的表头。请确认文件以逗号分隔，第一行为列名。',
    'The first line is no roster header. Make sure that the file is comma-separated and starts with the column names.',
  ),
  'workbook-unreadable': text(
    '工作簿读不出来，文件可能不完整或不是 .xlsx。请重新保存后再导入。',
    'The workbook cannot be read: it is cut off or no .xlsx file. Save it again and import that.',
  ),
  'workbook-encrypted': text(
    '工作簿设了打开密码。请取消密码后另存，再导入。',
    'The workbook is protected by a password. Remove it, save, and import that.',
  ),
  'workbook-old-format': text(
    '这是旧的 .xls 格式。请另存为 .xlsx 或 CSV UTF-8。',
    'This is the old .xls format. Save it as .xlsx or CSV UTF-8.',
  ),
  'workbook-macros': text(
    '工作簿带有宏，不予导入。请另存为不带宏的 .xlsx。',
    'The workbook holds macros and is not imported. Save it as .xlsx without macros.',
  ),
  'workbook-too-large': text(
    '工作簿太大：最多20万行、200列。请拆开，或另存为 CSV UTF-8。',
    'The workbook is too large: 200,000 rows and 200 columns at most. Split it, or save it as CSV UTF-8.',
  ),
  'workbook-unsafe': text(
    '工作簿内容与其目录不符，或含有表格程序不会写入的内容，已拒绝。请从表格程序重新保存。',
    'The workbook contradicts its own directory, or holds what no spreadsheet program writes. Save it again from a spreadsheet program.',
  ),
  'workbook-merged-cells': text(
    '工作表里有合并单元格，见所列位置。请取消合并，每名学生一行。',
    'The sheet holds merged cells at the places named. Unmerge them, one row for each student.',
  ),
  'workbook-empty': text(
    '工作簿里没有可见的、有内容的工作表。请把名册放在可见的第一张表里。',
    'The workbook has no visible sheet with content. Put the roster into the first sheet and keep it visible.',
  ),
};
