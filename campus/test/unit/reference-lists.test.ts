import { describe, expect, it } from 'vitest';
import { createReferenceLists, type ListedName } from '../../src/adapters/reference-lists.js';
import { requireListed } from '../../src/http/require-listed.js';
import { serviceOf } from '../support/catalogue.js';

const named = (...names: string[]): ListedName[] => names.map((name) => ({ name, offered: true }));

describe('a list of the register', () => {
  function start(answers: readonly (readonly ListedName[] | 'away' | 'nonsense')[]) {
    let [nowMs, asked] = [1_000_000, 0];
    const issuer = {
      json: async () => {
        const answer = answers[asked];
        asked += 1;
        if (answer === 'away') throw new Error('unreachable');
        return answer === 'nonsense' ? { values: 'all of them' } : { values: answer };
      },
    };
    const clock = { nowMs: () => nowMs, nowSeconds: () => Math.floor(nowMs / 1_000) };
    const log = { warn: () => undefined };
    const lists = createReferenceLists({ issuer, clock, log } as never);
    return {
      names: async (...given: Parameters<typeof lists>) => (await lists(...given)).map(({ name }) => name),
      later: (ms: number) => {
        nowMs += ms;
      },
      asked: () => asked,
    };
  }
  it('is asked for again after ten minutes, or sooner where somebody needs it newer', async () => {
    const { names, later, asked } = start([named('文学院'), named('理学院'), named('工学院')]);
    expect([await names('colleges'), await names('colleges'), asked()]).toEqual([['文学院'], ['文学院'], 1]);
    later(30_000);
    expect(await names('colleges', 30_000)).toEqual(['理学院']);
    later(599_999);
    expect(await names('colleges')).toEqual(['理学院']);
    later(1);
    expect(await names('colleges')).toEqual(['工学院']);
  });
  it.each(['away', 'nonsense'] as const)(
    'stands as it was while the register is [%s], and is empty before',
    async (trouble) => {
      const { names, later } = start([trouble, named('文学院'), trouble]);
      expect(await names('colleges')).toEqual([]);
      expect(await names('colleges')).toEqual(['文学院']);
      later(600_000);
      expect(await names('colleges')).toEqual(['文学院']);
    },
  );
  it('that nobody keeps is empty, and nobody is asked', async () => {
    const { names, asked } = start([]);
    expect([await names('courses'), asked()]).toEqual([[], 0]);
  });
});

describe('a college by which it is somebody’s turn', () => {
  const change = serviceOf('status-change');
  const listed = (...answers: string[][]) => {
    const ages: (number | undefined)[] = [];
    const lists = async (_: string, ageMs?: number) => {
      ages.push(ageMs);
      return named(...(answers[Math.min(ages.length, answers.length) - 1] ?? []));
    };
    return { ages, lists };
  };
  it('is taken where it is listed, where it came a moment ago, and while nobody can say', async () => {
    for (const [answers, asked] of [
      [[['文学院']], 1],
      [[['理学院'], ['理学院', '文学院']], 2],
      [[[]], 1],
    ] as const) {
      const { lists, ages } = listed(...(answers as unknown as string[][]));
      await requireListed(change, { new_college: '文学院' }, lists);
      expect(ages).toEqual([undefined, 30_000].slice(0, asked));
    }
  });
  it.each([
    ['misspelt', '文学校'],
    ['with a space', '文学院 '],
  ])('is refused at its field where it is none [%s]', async (_, new_college) => {
    const { lists } = listed(['文学院']);
    await expect(requireListed(change, { new_college }, lists)).rejects.toMatchObject({
      ...{ code: 'form-invalid', fields: { errors: [{ at: '/new_college', message: 'enum: not one of the list' }] } },
    });
  });
  it.each([
    ['a field that was left out', change, {}],
    ['one that is empty', change, { new_college: '' }],
    ['a field by which nobody’s turn comes', serviceOf('repair'), { place_building: '没有的楼' }],
  ])('nobody is asked about %s', async (_, definition, form) => {
    const { lists, ages } = listed(['文学院']);
    await requireListed(definition, form, lists);
    expect(ages).toEqual([]);
  });
});
