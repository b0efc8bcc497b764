import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoggedChange, openPassageLog } from '../../src/adapters/passage-log.js';

let folder: string;
const file = () => join(folder, 'passages.log');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-passages-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const forget = (row: number): LoggedChange => ({ forget: row });
/** What whoever opens it next would read. */
function readAgain(): LoggedChange[] {
  const log = openPassageLog(folder);
  const lines = [...log.read()];
  log.close();
  return lines;
}

describe('the log of passages', () => {
  it('is what was appended, in its order, and keeps its size while there is room', () => {
    const log = openPassageLog(folder);
    expect([[...log.read()], log.isEmpty]).toEqual([[], true]);
    log.append(forget(1));
    const { size } = statSync(file());
    for (let row = 2; row <= 1_000; row += 1) log.append(forget(row));
    expect(statSync(file()).size).toBe(size);
    expect(readAgain()).toEqual(Array.from({ length: 1_000 }, (_, at) => forget(at + 1)));
    log.close();
  });
  it('grows where there is no room left, and loses nothing', () => {
    const log = openPassageLog(folder);
    const big = (row: number) => ({ forget: row, note: 'x'.repeat(100_000) }) as LoggedChange;
    for (let row = 1; row <= 9; row += 1) log.append(big(row));
    expect(readAgain()).toHaveLength(9);
    log.close();
  });
  it('is nothing once it is cleared, and shorter lines are not followed by what stood there [before a flush] [after one]', () => {
    const log = openPassageLog(folder);
    for (let row = 1_000_000; row < 1_000_009; row += 1) log.append(forget(row));
    log.clear();
    expect([readAgain(), log.isEmpty]).toEqual([[], true]);
    log.append(forget(7));
    expect(readAgain()).toEqual([forget(7)]);
    log.close();
  });
  it.each([
    ['a line that was torn', `${JSON.stringify(forget(1))}\n{"forg`, 1],
    ['a line that is none', `${JSON.stringify(forget(1))}\nnoise\n${JSON.stringify(forget(2))}\n`, 1],
    ['lines of an agent that kept no room', `${JSON.stringify(forget(1))}\n${JSON.stringify(forget(2))}\n`, 2],
    ['zeros alone', '\0'.repeat(300), 0],
  ])('is read up to [%s], and cleared whole', (_, text, lines) => {
    writeFileSync(file(), text);
    const log = openPassageLog(folder);
    expect([...log.read()]).toHaveLength(lines);
    log.clear();
    expect(readFileSync(file(), 'utf8').replaceAll('\0', '')).toBe('');
    log.append(forget(3));
    expect(readAgain()).toEqual([forget(3)]);
    log.close();
  });
});
