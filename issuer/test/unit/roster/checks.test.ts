import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDuplicateIndex } from '../../../src/domain/roster/duplicate-index.js';
import { type FindingCode, findingVerdicts } from '../../../src/domain/roster/finding.js';
import { findingTexts, rosterFileErrorTexts } from '../../../src/domain/roster/finding-texts.js';
import { parseRosterDate } from '../../../src/domain/roster/parse-roster-date.js';
import { needsSecondPerson } from '../../../src/domain/roster/second-person.js';
import { findingsOf, goodRow, recordOf, rosterOf, validate } from './support.js';

const reached = new Set<string>();
async function codes(change: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await findingsOf(change);
  for (const one of found) reached.add(one.split(' ')[1] ?? '');
  return found;
}
const passport = { 证件类型: '护照', 证件号码: 'E10000030' };

describe('student number', () => {
  it('is taken as letters, digits and inner hyphens [digits] [letters] [an E between digits]', async () => {
    for (const 学号 of ['202301000001', 'U2023-0001', '2023E001', '20230100000100000000', '202301000000']) {
      expect(await codes({ 学号 })).toEqual([]);
    }
  });
  it('is refused when empty [nothing] [space] [ideographic space] [zero width]', async () => {
    for (const 学号 of ['', ' ', '\u3000', '\u200b', '\u00a0'])
      expect(await codes({ 学号 })).toContain('reject student-number-missing');
  });
  it('is refused where a workbook stored it as a number, and not where it is text', async () => {
    const { summary } = await validate(rosterOf({}, { 学号: '202301000002' }), {
      numbersNotText: new Map([[3, ['学号']]]),
    });
    for (const { code } of summary.findings) reached.add(code);
    expect(summary.findings).toEqual([{ line: 3, verdict: 'reject', code: 'number-not-text', column: '学号' }]);
  });
  for (const 学号 of [
    '2.02301E+11',
    '2.02301e+11',
    '2,02301E+11',
    '2E+11',
    '２.０２３０１Ｅ＋１１',
    '202301000001.0',
    '202301000001.00',
    '202301000001.',
    '202,301,000,001',
    "'202301000001",
    '’202301000001',
    '="202301000001"',
    '#REF!',
    '########',
  ]) {
    it(`is refused as rewritten by a spreadsheet [${学号}]`, async () => {
      expect(await codes({ 学号 })).toContain('reject student-number-mangled-by-spreadsheet');
    });
  }
  it('is refused when malformed [Han] [inner space] [33 characters] [hyphen in front]', async () => {
    for (const 学号 of ['学2023', '2023 01', '1'.repeat(33), '-2023']) {
      expect(await codes({ 学号 })).toContain('reject student-number-malformed');
    }
  });
});

describe('name', () => {
  it('is never refused for its characters [rare] [Latin] [marks] [one character]', async () => {
    for (const 姓名 of ['䶮', '李𠮷', "O'Brien-Åse", 'J. R. Smith', '王*?%', '买买提·吐尔逊', 'Ümit']) {
      expect(await codes({ 姓名 })).toEqual([]);
      expect((await recordOf({ 姓名 })).name).toBe(姓名);
    }
  });
  it('is refused when empty [nothing] [white space] [zero width only]', async () => {
    for (const 姓名 of ['', '\u3000 ', '\u200b\ufeff']) expect(await codes({ 姓名 })).toContain('reject name-missing');
  });
  for (const dot of '\u2219\u2022\u30fb\u25cf\uff65\u2027\u16eb\u22c5\u2024\u0387\ua78f\u2e31\u25e6.．。*') {
    it(`gets U+00B7 for a look-alike between parts [U+${dot.codePointAt(0)!.toString(16)}]`, async () => {
      const 姓名 = `买买提${dot}吐尔逊`;
      expect(await codes({ 姓名 })).toContain('repair middle-dot-variant');
      expect((await recordOf({ 姓名 })).name).toBe('买买提·吐尔逊');
    });
  }
  it('loses spaces around the dot and doubled dots [spaces] [two dots]', async () => {
    expect((await recordOf({ 姓名: '买买提 • 吐尔逊' })).name).toBe('买买提·吐尔逊');
    expect((await recordOf({ 姓名: '买买提··吐尔逊' })).name).toBe('买买提·吐尔逊');
  });
  it('loses padding between Han characters, not between words [Han] [Latin]', async () => {
    expect(await codes({ 姓名: '张　三' })).toContain('repair white-space-inside-name');
    expect((await recordOf({ 姓名: '张　三' })).name).toBe('张三');
    expect((await recordOf({ 姓名: 'Anna Maria' })).name).toBe('Anna Maria');
  });
});

describe('cells', () => {
  for (const sign of ['\u200b', '\u200c', '\u200d', '\ufeff', '\u2060', '\u00ad', '\u200e', '\u180e']) {
    it(`lose invisible characters [U+${sign.codePointAt(0)!.toString(16)}]`, async () => {
      expect(await codes({ 姓名: `张${sign}三` })).toContain('repair zero-width-character');
      expect((await recordOf({ 学号: `2023${sign}01` })).studentNumber).toBe('202301');
    });
  }
  it('lose white space around them [space] [no-break] [ideographic]', async () => {
    for (const 姓名 of [' 张三', '张三\u00a0', '\u3000张三']) {
      expect(await codes({ 姓名 })).toContain('repair surrounding-white-space');
      expect((await recordOf({ 姓名 })).name).toBe('张三');
    }
  });
  it('have unusual spaces and control characters mended [no-break] [line break] [NUL]', async () => {
    expect(await codes({ 班级: '23\u00a0信息' })).toContain('repair unusual-white-space');
    expect(await codes({ 班级: '23\n信息' })).toContain('repair control-character');
    expect((await recordOf({ 班级: '23\r\n信息\u0000' })).className).toBe('23 信息');
  });
  it('become half-width where full-width has no place [number] [date] [class], not in prose [brackets]', async () => {
    expect(await codes({ 学号: '２０２３０１' })).toContain('repair full-width-characters');
    expect((await recordOf({ 出生日期: '２００４－０７－１０' })).birthDate).toBe('2004-07-10');
    expect((await recordOf({ 班级: '２３信息３班' })).className).toBe('23信息3班');
    expect(await codes({ 学院: '国际（联合）学院' })).toEqual([]);
  });
  for (const 班级 of ['=1+1', '+1+1', '-1+1', '@SUM(A1)', '＝1+1', '=cmd|x']) {
    it(`keep text that looks like a formula [${班级}]`, async () => {
      expect(await codes({ 班级 })).toContain('keep formula-like-text-kept-as-text');
      expect((await recordOf({ 班级 })).className).toBe(班级);
    });
  }
  it('are not called a formula for a signed number [international phone] [dash]', async () => {
    expect(await codes({ 手机号码: '+86 10010000000', 班级: '-' })).toEqual([]);
  });
  it('are refused when too long or empty where needed [201 characters] [college] [major] [passport number]', async () => {
    expect(await codes({ 班级: '班'.repeat(201) })).toEqual(['reject value-too-long']);
    expect(await codes({ 学院: '' })).toEqual(['reject value-missing']);
    expect(await codes({ 专业: ' ' })).toContain('reject value-missing');
    expect(await codes({ 证件类型: '护照', 证件号码: '' })).toEqual(['reject value-missing']);
    expect(await codes({ 证件类型: '' })).toEqual(['reject value-missing']);
    expect(await codes({ 班级: '', 民族: '', 手机号码: '', 年级: '' })).toEqual([]);
  });
});

describe('dates', () => {
  const forms: [string, string][] = [
    ['2004/7/10', 'slashed-date'],
    ['2004/07/10 0:00', 'slashed-date'],
    ['20040710', 'compact-date'],
    ['2004.7.10', 'dotted-date'],
    ['2004年7月10日', 'chinese-date'],
    ['2004-7-10', 'unpadded-date'],
  ];
  for (const [出生日期, code] of forms) {
    it(`are read in a form that cannot be mistaken [${出生日期}]`, async () => {
      expect(await codes({ 出生日期 })).toEqual([`repair ${code}`]);
      expect((await recordOf({ 出生日期 })).birthDate).toBe('2004-07-10');
    });
  }
  for (const text of [
    '2005-02-30',
    '2005-13-01',
    '2005/2/29',
    '20050230',
    '7/10/2004',
    '38178',
    '2004-07',
    '',
    '1899-12-31',
    '2004-00-10',
  ]) {
    it(`are refused when impossible or ambiguous [${text || 'empty'}]`, async () => {
      expect(await codes({ 出生日期: text })).toContain('reject birth-date-impossible');
      expect(await codes({ 入学日期: text })).toContain('reject entry-date-impossible');
      expect(await codes({ 预计毕业日期: text })).toContain('reject expected-graduation-impossible');
    });
  }
  it('exist exactly when the calendar has them [property]', () => {
    const part = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 1900, max: 2199 }), part(13), part(32), (year, month, day) => {
        const text = `${year}-${month}-${day}`;
        const time = new Date(`${text}T00:00:00Z`);
        const real = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
        expect(parseRosterDate(text) !== undefined).toBe(real);
      }),
    );
  });
  it('are refused when graduation is not after entry [before] [same day]', async () => {
    expect(await codes({ 预计毕业日期: '2019-06-30' })).toEqual(['reject graduation-before-entry']);
    expect(await codes({ 预计毕业日期: '2023-09-01' })).toEqual(['reject graduation-before-entry']);
    expect(await codes({ 入学日期: '2023/9/1', 预计毕业日期: '20230831' })).toContain('reject graduation-before-entry');
  });
});

describe('identity number', () => {
  it('is checked for resident identity cards only [passport] [permit]', async () => {
    expect(await codes(passport)).toEqual([]);
    expect(await codes({ ...passport, 证件类型: '港澳居民来往内地通行证', 证件号码: 'H80000174' })).toEqual([]);
    expect(await codes({ ...passport, 证件类型: '身份证' })).toContain('reject identity-number-length');
  });
  it('is refused by length [15] [16] [17] [19] [empty] [rewritten by a spreadsheet]', async () => {
    for (const 证件号码 of [
      '990000040710001',
      '9900002004071000',
      '99000020040710001',
      '9900002004071000188',
      '',
      '9.90000200407E+17',
    ]) {
      expect(await codes({ 证件号码 })).toEqual(['reject identity-number-length']);
    }
  });
  it('is refused by its check character [wrong digit] [letter inside] [X for another]', async () => {
    expect(await codes({ 证件号码: '990000200407100019' })).toEqual(['reject identity-number-check-digit']);
    expect(await codes({ 证件号码: '99000O200407100018' })).toEqual(['reject identity-number-check-digit']);
    expect(await codes({ 证件号码: '99000020040710001X' })).toEqual(['reject identity-number-check-digit']);
  });
  it('has a lower-case x mended [ASCII] [full width]', async () => {
    const row = { 出生日期: '2005-06-03', 性别: '女', 证件号码: '99000020050603006x' };
    expect(await codes(row)).toEqual(['repair lower-case-check-character']);
    expect((await recordOf({ ...row, 证件号码: '99000020050603006ｘ' })).identityNumber).toBe('99000020050603006X');
  });
  it('is held against birth date and sex of the row [date] [sex] [repaired date]', async () => {
    expect(await codes({ 出生日期: '1999-12-31' })).toEqual(['reject birth-date-differs-from-identity-number']);
    expect(await codes({ 性别: '女' })).toEqual(['reject sex-differs-from-identity-number']);
    expect(await codes({ 出生日期: '20040711' })).toContain('reject birth-date-differs-from-identity-number');
    expect(await codes({ ...passport, 性别: '女', 出生日期: '1999-12-31' })).toEqual([]);
  });
  it('never appears in a finding [length] [check digit] [white space]', async () => {
    for (const 证件号码 of ['9900002004071000', '990000200407100019', ' 990000200407100018']) {
      const { summary } = await validate(rosterOf({ 证件号码 }));
      expect(summary.findings.length).toBeGreaterThan(0);
      expect(JSON.stringify(summary)).not.toContain('9900002004');
    }
  });
});

describe('words', () => {
  it('are taken only from their list [sex] [level] [study form] [status] [grade] [length of study]', async () => {
    expect(await codes({ 性别: '男生' })).toContain('reject sex-unknown');
    expect(await codes({ 培养层次: '研修' })).toEqual(['reject level-unknown']);
    expect(await codes({ 学习形式: '远程' })).toEqual(['reject study-form-unknown']);
    expect(await codes({ 学籍状态: '在校（待核）' })).toEqual(['reject enrolment-status-unknown']);
    expect(await codes({ 学籍状态: '' })).toEqual(['reject enrolment-status-unknown']);
    expect(await codes({ 学籍状态: '请假' })).toEqual(['reject enrolment-status-unknown']);
    expect(await codes({ 年级: '23' })).toEqual(['reject grade-unreadable']);
    expect(await codes({ 学制: '四' })).toEqual(['reject length-of-study-unreadable']);
  });
  it('become the codes of the claims [statuses] [level] [length of study]', async () => {
    expect((await recordOf({ 学籍状态: '注册学籍' })).enrolmentStatus).toBe('enrolled');
    expect((await recordOf({ 学籍状态: '肄业' })).enrolmentStatus).toBe('attended');
    expect(await recordOf({ 培养层次: '高职（专科）', 学制: '2.5年', 年级: '2023级' })).toMatchObject({
      level: 'junior-college',
      lengthOfStudy: '2.5',
      grade: '2023',
    });
  });
  it('name our university by five digits or ten, no other [foreign] [four digits] [empty]', async () => {
    expect(await codes({ 院校代码: '4199090001' })).toEqual([]);
    expect(await codes({ 院校代码: '10558' })).toEqual(['reject university-code-foreign']);
    expect(await codes({ 院校代码: '0001' })).toEqual(['reject university-code-foreign']);
    expect(await codes({ 院校代码: '' })).toEqual(['reject value-missing']);
  });
});

describe('rows', () => {
  const listed = async (text: string | Uint8Array, changes = {}) => {
    const { summary } = await validate(text, changes);
    for (const finding of summary.findings) reached.add(finding.code);
    return summary.findings.map(({ line, code, same_as_line }) => [
      line,
      code,
      ...(same_as_line ? [same_as_line] : []),
    ]);
  };
  it('that repeat a number are refused, also after repair [student number] [identity number]', async () => {
    const other = { 学号: '9002', ...passport };
    expect(
      await listed(rosterOf({}, { ...passport, 学号: '２０２３０１０００００１' }, other, { ...other, 学号: '9003' })),
    ).toEqual([
      [3, 'full-width-characters'],
      [3, 'student-number-duplicate', 2],
      [4, 'identity-number-duplicate', 3],
      [5, 'identity-number-duplicate', 3],
    ]);
  });
  it('may share a number across document types', async () => {
    expect(await listed(rosterOf(passport, { 学号: '9002', ...passport, 证件类型: '台湾居民来往大陆通行证' }))).toEqual(
      [],
    );
  });
  it('of another width are refused without looking further [more] [fewer] [trailing commas]', async () => {
    const text = rosterOf({}, { 学号: '9002', 证件号码: 'x' }, { 学号: '9003' });
    const [head, first, second, third] = text.trimEnd().split('\n') as [string, string, string, string];
    const rows = [head, first, `${second},`, third.replace(/,[^,]*$/, '')].join('\n');
    expect(await listed(rows)).toEqual([
      [3, 'too-many-columns'],
      [4, 'too-few-columns'],
    ]);
  });
  it('with only empty cells are blank lines [empty] [spaces] [commas]', async () => {
    const { summary } = await validate(`\n${rosterOf({})}\n   \n${','.repeat(24)}\n\r\n`);
    expect(summary).toMatchObject({ rows: 1, rejected: 0 });
  });
  it('with broken quotes cost one row [unclosed] [misplaced] [too large]', async () => {
    const rows = rosterOf({}, { 学号: '9002', ...passport }, { 学号: '9003', ...passport, 证件号码: 'E9' });
    expect(await listed(rows.replace('\n9002', '\n"9002'))).toEqual([[3, 'quote-unclosed']]);
    expect(await listed(rows.replace('\n9002', '\n"9002"x'))).toEqual([[3, 'quote-misplaced']]);
    expect(await listed(rows.replace('\n9002', `\n${'9'.repeat(5000)}`), { maxRowBytes: 4000 })).toEqual([
      [3, 'row-too-large'],
    ]);
  });
  it('with bytes of another encoding are refused alone [GB 18030 in UTF-8]', async () => {
    const [before, after] = rosterOf({}, { 学号: '9002', ...passport, 班级: '@@' }).split('@@') as [string, string];
    const mixed = Buffer.concat([Buffer.from(before), Buffer.from([0xb0, 0xe0]), Buffer.from(after)]);
    expect(await listed(mixed)).toEqual([[3, 'undecodable-bytes']]);
  });
  it('may be quoted throughout and end in CRLF or CR', async () => {
    const plain = rosterOf({}, { 学号: '9002', ...passport });
    const quoted = plain
      .trimEnd()
      .split('\n')
      .map((line) =>
        line
          .split(',')
          .map((cell) => `"${cell}"`)
          .join(','),
      );
    for (const end of ['\r\n', '\r', '\n']) expect(await listed(quoted.join(end))).toEqual([]);
    expect((await validate(quoted.join('\r'))).summary.rows).toBe(2);
  });
  it('keep listing within the bound and count beyond it', async () => {
    const { summary } = await validate(rosterOf({ 学号: '' }, { 学号: '' }, { 学号: '' }), { maxFindings: 2 });
    expect(summary).toMatchObject({
      findings_left_off: 3,
      counts: { 'student-number-missing': 3, 'identity-number-duplicate': 2 },
    });
  });
});

describe('header', () => {
  const head = Object.keys(goodRow).join(',');
  const refused = (text: string | Uint8Array) =>
    validate(text).then(
      () => 'accepted',
      (error) => [error.code, ...error.columns],
    );
  it('is found in any order, with stray white space and unknown columns [ignored and named]', async () => {
    const text = rosterOf({}).replace('学号,', '\ufeff 学 号\u200b,').replace(/\n/g, ',备注\n');
    const { summary } = await validate(text);
    expect(summary).toMatchObject({ rows: 1, rejected: 0, ignored_columns: ['备注'] });
  });
  it('may lack an optional column, not a required one [ethnicity] [name, status]', async () => {
    const without = (...names: string[]) => {
      const keys = Object.keys(goodRow).filter((key) => !names.includes(key));
      return [keys.join(','), keys.map((key) => goodRow[key]).join(',')].join('\n');
    };
    expect(await refused(without('民族', '手机号码', '乘车区间起点'))).toBe('accepted');
    expect(await refused(without('姓名', '学籍状态'))).toEqual(['header-column-missing', '姓名', '学籍状态']);
  });
  it('is refused when it names a column twice, or nothing known [duplicate] [other file] [open quote]', async () => {
    expect(await refused(`${head},学号\n`)).toEqual(['header-duplicate', '学号']);
    expect(await refused('a,b,c\n1,2,3\n')).toEqual(['header-unreadable']);
    expect(await refused(`"${head}\n1,2\n`)).toEqual(['header-unreadable']);
    expect(await refused(head.replaceAll(',', ';'))).toEqual(['header-unreadable']);
  });
  it('must be there, in an encoding we read [empty] [blank lines] [UTF-16] [workbook]', async () => {
    expect(await refused('')).toEqual(['file-empty']);
    expect(await refused('\ufeff')).toEqual(['file-empty']);
    expect(await refused('\n\r\n')).toEqual(['file-empty']);
    expect(await refused(Buffer.from(`\ufeff${head}`, 'utf16le'))).toEqual(['encoding-unsupported']);
    expect(await refused(Buffer.from('PK\u0003\u0004xl', 'latin1'))).toEqual(['file-is-not-csv']);
    expect((await validate(`${head}\n`)).summary).toMatchObject({ rows: 0, importable: 0 });
  });
});

describe('duplicate index', () => {
  it('answers the first line of every repeated key and of no other [200,000 keys, grown from 8 slots]', () => {
    const index = createDuplicateIndex(8);
    for (let at = 1; at <= 200_000; at += 1) expect(index.firstLineOf(`2023${at}`, at)).toBe(0);
    for (let at = 1; at <= 200_000; at += 997) expect(index.firstLineOf(`2023${at}`, at + 1)).toBe(at);
  });
});

describe('second person', () => {
  it('is needed above 2 % of changed states or 50 revocations, never for new students', () => {
    expect(needsSecondPerson({ existing: 0, state_changes: 0, revocations: 0 })).toBe(false);
    expect(needsSecondPerson({ existing: 600, state_changes: 12, revocations: 12 })).toBe(false);
    expect(needsSecondPerson({ existing: 600, state_changes: 13, revocations: 0 })).toBe(true);
    expect(needsSecondPerson({ existing: 50_000, state_changes: 50, revocations: 50 })).toBe(false);
    expect(needsSecondPerson({ existing: 50_000, state_changes: 51, revocations: 51 })).toBe(true);
  });
});

describe('vocabulary', () => {
  it('has cause and next step in both languages for every code', () => {
    for (const text of [...Object.values(findingTexts), ...Object.values(rosterFileErrorTexts)]) {
      expect(text.zh).toMatch(/。.*。$/);
      expect(text.en).toMatch(/[.] .*[.]$/);
    }
  });
  it('is reached in full by the tests above', () => {
    const all = Object.keys(findingVerdicts) as FindingCode[];
    expect(all.filter((code) => !reached.has(code))).toEqual([]);
  });
});
