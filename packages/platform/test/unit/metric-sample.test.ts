import { expect, it } from 'vitest';
import { keepSamples, renderGauges } from '../../src/http/metric-sample.js';

it('writes each name once with its type, and its values by label', () => {
  const named = (name: `lanyard_${string}`, state: string, value: number) => ({ name, labels: { state }, value });
  expect(
    renderGauges('campus', [named('lanyard_a', 'x', 1), named('lanyard_b', 'x', 2), named('lanyard_a', 'y', 3)]),
  ).toBe(
    [
      '# TYPE lanyard_a gauge',
      'lanyard_a{service="campus",state="x"} 1',
      'lanyard_a{service="campus",state="y"} 3',
      '# TYPE lanyard_b gauge',
      'lanyard_b{service="campus",state="x"} 2',
      '',
    ].join('\n'),
  );
});
it('writes nothing where there is nothing', () => expect(renderGauges('campus', [])).toBe(''));

it('reads once for whoever asks within five seconds, and shows nothing while nothing can be read', async () => {
  let [nowMs, reads] = [1_000, 0];
  const read = async () => {
    reads += 1;
    if (reads === 2) throw new Error('the database is away');
    return [{ name: 'lanyard_a' as const, labels: {}, value: reads }];
  };
  const samples = keepSamples(read, () => nowMs);
  const valuesOf = async () => (await samples()).map(({ value }) => value);
  expect(await Promise.all([valuesOf(), valuesOf(), valuesOf()])).toEqual([[1], [1], [1]]);
  nowMs += 4_999;
  expect(await valuesOf()).toEqual([1]);
  nowMs += 1;
  expect(await valuesOf()).toEqual([]);
  nowMs += 5_000;
  expect([await valuesOf(), reads]).toEqual([[3], 3]);
});
