import { describe, expect, it } from 'vitest';
import { exportRecords } from '../../web/src/records/export-records.js';

describe('the exported history', () => {
  it('says what was shown to whom, when, for what, and whether anybody vouched for them', () => {
    const record = {
      ...({ id: 7, kind: 'presented', atMs: 0, to: { name: 'A', host: 'a.example' }, known: false } as const),
      ...{ purpose: { zh: '借书', en: 'Borrow' }, cards: ['Student ID'], learned: ['level'] },
    };
    expect(JSON.parse(exportRecords([record], 1000))).toEqual({
      exported_at: '1970-01-01T00:00:01.000Z',
      records: [
        {
          ...{ at: '1970-01-01T00:00:00.000Z', kind: 'presented', to: { name: 'A', host: 'a.example' } },
          ...{ certified: false, purpose: { zh: '借书', en: 'Borrow' }, cards: ['Student ID'], claims: ['level'] },
        },
      ],
    });
  });
  it('keeps refused requests with their reason, and leaves out what is not there', () => {
    const rows = JSON.parse(exportRecords([{ kind: 'blocked', atMs: 0, reason: 'nonce-malformed' }], 0)).records;
    expect(rows).toEqual([{ at: '1970-01-01T00:00:00.000Z', kind: 'blocked', reason: 'nonce-malformed' }]);
  });
});
