import { describe, expect, it } from 'vitest';
import type { CaseDetail, HistoryLine } from '../../web/src/domain/inbox.js';
import { FILE_TYPES, fileFault } from '../../web/src/domain/incident-files.js';
import { logLines } from '../../web/src/domain/incident-log.js';

const MB = 1024 * 1024;
describe('a file for an incident', () => {
  it.each(FILE_TYPES)('is sent up to 5 MB [%s]', (type) =>
    expect(fileFault({ name: 'a', type, size: 5 * MB })).toBeUndefined(),
  );
  it('is sent where the system does not know its kind: campus looks at it', () =>
    expect(fileFault({ name: 'a.jpg', type: '', size: 1 })).toBeUndefined());
  it.each([
    ['a text', 'text/plain', 1, 'incident-file-kind', '0.0'],
    ['a picture of another kind', 'image/heic', MB, 'incident-file-kind', '1.0'],
    ['larger', 'image/jpeg', 5 * MB + 1, 'incident-file-size', '5.0'],
    ['much larger, of no known kind', '', 8 * MB, 'incident-file-size', '8.0'],
  ])('is said not to be taken before it is sent [%s]', (_, type, size, text, mb) =>
    expect(fileFault({ name: 'a', type, size })).toEqual({ text, values: { name: 'a', mb } }),
  );
});

it('the log shows files with the line they came with, and no line for what it leaves out', () => {
  const base = { at: '2026-11-29T02:50:00Z', step: 'scene', by: 'staff:g001', text: '', item: null };
  const file = { id: 'A'.repeat(22), name: '走廊.jpg', bytes: 1 };
  const history: HistoryLine[] = [
    { ...base, kind: 'noted', files: [file] },
    { ...base, kind: 'noted', item: 'people-safe', files: [] },
    { ...base, kind: 'step-done', files: [] },
  ];
  const items: CaseDetail['items'] = { 'people-safe': { zh: '人员安全', en: 'People safe' } };
  expect(logLines(history, { timeline: [], items })).toEqual([
    { at: base.at, by: 'g001', text: '', head: null, files: [file] },
    { at: base.at, by: 'g001', text: '', head: items['people-safe'], files: [] },
  ]);
});
