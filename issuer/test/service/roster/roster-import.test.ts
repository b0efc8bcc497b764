import type { Database } from '@lanyard/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../packages/platform/test/support/test-database.js';
import { nameKeysOf } from '../../../src/domain/roster/name-keys.js';
import { fieldPlace } from '../../../src/storage/roster/field-sealer.js';
import { goodRow, rosterBytes, rosterOf } from '../../unit/roster/support.js';
import { createStore, migrations } from './support.js';

let db: Database;
let close: () => Promise<void>;
beforeEach(async () => {
  const database = await createTestDatabase('issuer', [migrations]);
  db = database.run;
  close = database.close;
});
afterEach(() => close());

const clean = rosterBytes('roster-clean.csv');
const cleanText = clean.toString('utf8').replace('\ufeff', '');
const students = async () => Number((await db('student').count('* as n'))[0]?.['n']);

describe('import', () => {
  it('takes all of a clean roster [600 new]', async () => {
    const { run, told } = createStore(db);
    const report = await run(clean);
    expect(report).toMatchObject({ state: 'applied', rows: 600, importable: 600, rejected: 0, findings: [] });
    expect(report.difference).toMatchObject({ new: 600, changed: 0, unchanged: 0, absent: 0, conflicts: 0 });
    expect(await students()).toBe(600);
    expect(told).toHaveLength(1);
    expect(told[0]?.inserted).toHaveLength(600);
  });

  it('changes nothing the second time [same file] [same rows, other column order and encoding aside]', async () => {
    const { run, told } = createStore(db);
    await run(clean);
    const before = await db('student').select('*').orderBy('id');
    const again = await run(clean);
    expect(again.difference).toMatchObject({ new: 0, changed: 0, unchanged: 600, absent: 0 });
    const reversed = cleanText
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',').reverse().join(','))
      .join('\r\n');
    expect((await run(reversed)).difference).toMatchObject({ new: 0, changed: 0, unchanged: 600 });
    expect(await db('student').select('*').orderBy('id')).toEqual(before);
    expect(told).toHaveLength(1);
  });

  for (const name of ['roster-faulty-utf8', 'roster-faulty-gb18030']) {
    it(`takes the good rows and hands back the bad ones [${name}]`, async () => {
      const { run, bad } = createStore(db);
      const report = await run(rosterBytes(`${name}.csv`));
      expect(report).toMatchObject({ state: 'applied', rows: 402, importable: 376, rejected: 26 });
      expect(await students()).toBe(376);
      expect(bad.join('').split('\r\n')).toHaveLength(28);
      expect(await db('student').where({ class: '=1+1' }).count('* as n')).toEqual([{ n: 2 }]);
    });
  }

  it('changes nothing in a dry run [empty register] [filled register]', async () => {
    const { run, told } = createStore(db);
    expect(await run(clean, { dryRun: true })).toMatchObject({ state: 'dry-run', difference: { new: 600 } });
    expect(await students()).toBe(0);
    await run(clean);
    const report = await run(cleanText.replaceAll('工学院', '理工学院'), { dryRun: true });
    expect(report.difference).toMatchObject({ new: 0, changed: 119, changes_by_column: { 学院: 119 } });
    expect(report).not.toHaveProperty('import_id');
    expect(await db('student').where({ college: '理工学院' }).count('* as n')).toEqual([{ n: 0 }]);
    expect(await db('roster_import').count('* as n')).toEqual([{ n: 1 }]);
    expect(told).toHaveLength(1);
  });

  it('refuses the whole file where all or nothing was asked for [bad rows]', async () => {
    const { run } = createStore(db);
    const report = await run(rosterBytes('roster-faulty-utf8.csv'), { allOrNothing: true });
    expect(report).toMatchObject({ state: 'refused-bad-rows', rejected: 26 });
    expect(await students()).toBe(0);
    expect(await run(clean, { allOrNothing: true })).toMatchObject({ state: 'applied' });
  });

  it('refuses a file that is no roster and leaves nothing behind [workbook] [empty]', async () => {
    const { run } = createStore(db);
    await expect(run(Buffer.from('PK\u0003\u0004rest'))).rejects.toMatchObject({ code: 'file-is-not-csv' });
    await expect(run('')).rejects.toMatchObject({ code: 'file-empty' });
    expect(await run(clean)).toMatchObject({ state: 'applied' });
  });

  it('undoes everything when the audit cannot be written', async () => {
    const { run } = createStore(db, { onChanged: () => Promise.reject(new Error('no audit')) });
    await expect(run(clean)).rejects.toThrow('no audit');
    expect(await students()).toBe(0);
    expect(await db('roster_import').count('* as n')).toEqual([{ n: 0 }]);
  });

  it('undoes everything when the upload breaks off', async () => {
    const { store } = createStore(db);
    async function* broken() {
      yield clean.subarray(0, 60_000);
      throw new Error('connection lost');
    }
    await expect(store.importRoster({ chunks: broken(), actor: 'a', dryRun: false })).rejects.toThrow(
      'connection lost',
    );
    expect(await students()).toBe(0);
    expect(db.client.pool.numUsed()).toBe(0);
  });
});

describe('difference', () => {
  it('tells old and new of each changed field, without sensitive values [college] [phone] [identity number]', async () => {
    const { run, told } = createStore(db);
    await run(cleanText);
    const lines = cleanText.trimEnd().split('\n');
    const changed = [
      lines[1]!.replace('计算机与信息工程学院', '人工智能学院').replace('10010000000', '10019999999'),
      lines[2]!.replace('990000200506180033', '990000200506186814'),
    ];
    const report = await run([lines[0], ...changed].join('\n'));
    expect(report.difference).toMatchObject({ new: 0, changed: 2, unchanged: 0, absent: 598 });
    expect(report.difference.changed_students).toEqual([
      {
        line: 2,
        student_number: '202301000001',
        changes: [
          { column: '学院', from: '计算机与信息工程学院', to: '人工智能学院' },
          { column: '手机号码、电子邮箱' },
        ],
      },
      {
        line: 3,
        student_number: '202305000002',
        changes: [{ column: '证件号码', from: '9****************3', to: '9****************4' }],
      },
    ]);
    expect(JSON.stringify(report)).not.toContain('10019999999');
    expect(await students()).toBe(600);
    expect(told[1]).toMatchObject({ inserted: [], changed: [{ oldStatus: 'enrolled', newStatus: 'enrolled' }, {}] });
  });

  it('is the same in a dry run and in the import that follows [new, changed, unchanged, absent, conflicting]', async () => {
    const { run } = createStore(db);
    const lines = cleanText.trimEnd().split('\n');
    await run(lines.slice(0, 401).join('\n'));
    const next = lines.filter((_, at) => at === 0 || at > 100).map((line) => line.replace('三水校区', '佛山校区'));
    const copied = lines[50]!.replace(/^\d+/, '202399999999');
    const file = [...next, copied].join('\n');
    const dry = await run(file, { dryRun: true });
    const real = await run(file);
    expect(dry.difference).toEqual(real.difference);
    expect(dry.difference).toMatchObject({ new: 200, absent: 100, conflicts: 1, existing: 400 });
    expect(dry.difference.changed + dry.difference.unchanged).toBe(300);
    expect(dry.difference.absent_students).toHaveLength(100);
    expect(dry.difference.new_students).toHaveLength(200);
    expect((await run(file)).difference).toMatchObject({
      new: 0,
      changed: 0,
      unchanged: 500,
      absent: 100,
      conflicts: 1,
    });
  });

  it('leaves semester registration, policy class and portrait alone', async () => {
    const { run } = createStore(db);
    await run(clean);
    const own = { registered_until: '2027-01-31', policy_class: 3, portrait_id: Buffer.alloc(8, 7) };
    await db('student').update(own);
    await run(cleanText.replaceAll('工学院', '理工学院'));
    expect(
      await db('student')
        .where({ ...own, college: '理工学院' })
        .count('* as n'),
    ).toEqual([{ n: 119 }]);
  });

  it('does not import a row whose identity document belongs to another student', async () => {
    const { run } = createStore(db);
    await run(rosterOf({}));
    const report = await run(
      rosterOf({ 学号: '202301009999' }, { 学号: '202301000002', 证件类型: '护照', 证件号码: 'E1' }),
    );
    expect(report.difference).toMatchObject({ new: 1, conflicts: 1 });
    expect(report.difference.conflicting_rows).toEqual([
      { line: 2, student_number: '202301009999', same_as_student_number: '202301000001' },
    ]);
    expect(await students()).toBe(2);
  });

  it('lets two students exchange their identity documents', async () => {
    const { run } = createStore(db);
    const passport = (number: string, document: string) => ({ 学号: number, 证件类型: '护照', 证件号码: document });
    await run(rosterOf(passport('1001', 'E1'), passport('1002', 'E2')));
    const report = await run(rosterOf(passport('1001', 'E2'), passport('1002', 'E1')));
    expect(report).toMatchObject({ state: 'applied', difference: { changed: 2, conflicts: 0 } });
  });
});

describe('second person', () => {
  const onLeave = (count: number) => {
    const lines = cleanText.trimEnd().split('\n');
    let left = count;
    return lines
      .map((line) => (line.includes('在籍在读') && left-- > 0 ? line.replace('在籍在读', '休学') : line))
      .join('\n');
  };

  it('is not needed up to 2 % of changed states [12 of 600]', async () => {
    const { run, told } = createStore(db);
    await run(clean);
    expect(await run(onLeave(12))).toMatchObject({ state: 'applied', difference: { state_changes: 12 } });
    expect(told[1]?.changed.filter((one) => one.newStatus === 'on-leave-of-absence')).toHaveLength(12);
  });

  it('decides an import that changes more than 2 % of states [13 of 600]', async () => {
    const { run, store, told } = createStore(db);
    await run(clean);
    const report = await run(onLeave(13));
    expect(report).toMatchObject({ state: 'waiting-for-second-person', difference: { state_changes: 13 } });
    expect(await db('student').where({ enrolment_status: 'on-leave-of-absence' }).count('* as n')).toEqual([{ n: 8 }]);
    const id = report.import_id!;
    await expect(store.approve(id, 'registrar-1')).rejects.toMatchObject({ code: 'second-person-is-first' });
    await expect(store.approve(id + 1, 'registrar-2')).rejects.toMatchObject({ code: 'roster-import-unknown' });
    expect(await store.approve(id, 'registrar-2')).toEqual({ state: 'applied', new: 0, changed: 13 });
    await expect(store.approve(id, 'registrar-2')).rejects.toMatchObject({ code: 'roster-import-not-waiting' });
    expect(await db('student').where({ enrolment_status: 'on-leave-of-absence' }).count('* as n')).toEqual([{ n: 21 }]);
    expect(await db('roster_import_row').count('* as n')).toEqual([{ n: 0 }]);
    expect(told).toHaveLength(2);
    expect(await store.list({ limit: 1 })).toMatchObject([{ id, state: 'applied', decided_by: 'registrar-2' }]);
  });

  it('may decline, and nothing of the import remains', async () => {
    const { run, store } = createStore(db);
    await run(clean);
    const { import_id: id } = await run(onLeave(100));
    await store.decline(id!, 'registrar-2');
    await expect(store.approve(id!, 'registrar-2')).rejects.toMatchObject({ code: 'roster-import-not-waiting' });
    expect(await db('roster_import_row').count('* as n')).toEqual([{ n: 0 }]);
    expect(await db('student').where({ enrolment_status: 'on-leave-of-absence' }).count('* as n')).toEqual([{ n: 8 }]);
  });
});

describe('register', () => {
  it('holds what is sensitive only sealed, masked and hashed', async () => {
    const { run, sealer } = createStore(db);
    await run(rosterOf({}));
    const row = await db('student').first();
    expect(row).toMatchObject({
      student_number: '202301000001',
      name: '邓涛波',
      sex: 1,
      birth_date: '2004-07-10',
      enrolment_status: 'enrolled',
      level: 'bachelor',
      study_form: 'full-time',
      length_of_study: '4.0',
      identity_number_masked: '9****************8',
      name_latin: 'Deng Taobo',
      pinyin_full: 'dengtaobo',
      pinyin_initials: 'dtb',
      registered_until: null,
      policy_class: 0,
    });
    expect(sealer.hash(goodRow['证件号码']!).equals(row.identity_number_hash)).toBe(true);
    const open = (column: 'identity_number' | 'phone' | 'email', number = '202301000001') =>
      sealer.open(row[`${column}_encrypted`], fieldPlace(column, number));
    expect([open('identity_number'), open('phone'), open('email')]).toEqual([
      '990000200407100018',
      '10010000000',
      's1@example.edu',
    ]);
    expect(() => open('identity_number', '202301000002')).toThrow(TypeError);
    expect(JSON.stringify(row)).not.toContain('990000200407100018');
  });

  it('keeps text as it is [backslash] [\\N] [middle dot] [supplementary plane]', async () => {
    const { run } = createStore(db);
    const names = ['\\N', 'a\\tb\\', '买买提·吐尔逊', '李𠮷'];
    await run(
      rosterOf(
        ...names.map((name, at) => ({ 学号: `10${at}`, 姓名: name, 班级: name, 证件类型: '护照', 证件号码: `E${at}` })),
      ),
    );
    const rows = await db('student').select('name', 'class', 'name_match_key').orderBy('id');
    expect(rows.map((row) => row.name)).toEqual(names);
    expect(rows.map((row) => row.class)).toEqual(names);
    expect(rows[2].name_match_key).toBe('买买提吐尔逊');
  });

  it('serialises imports that run at the same time', async () => {
    const { run, told } = createStore(db);
    const reports = await Promise.all([run(clean), run(clean), run(clean)]);
    expect(reports.map((report) => report.difference.new).sort()).toEqual([0, 0, 600]);
    expect(told).toHaveLength(1);
  });

  it('writes names in Latin letters [surname apart] [compound surname] [ü] [dot] [foreign]', () => {
    expect(['单雄信', '欧阳娜娜', '吕军', '买买提·吐尔逊', 'Anna Maria'].map((name) => nameKeysOf(name).latin)).toEqual(
      ['Shan Xiongxin', 'Ouyang Nana', 'Lyu Jun', 'Maimaiti Tuerxun', 'Anna Maria'],
    );
    expect(nameKeysOf('吕军')).toMatchObject({ full: 'lvjun', initials: 'lj' });
  });
});
