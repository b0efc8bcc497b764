import { expect, it } from 'vitest';
import { renderGauges } from '../../src/http/metric-sample.js';

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
