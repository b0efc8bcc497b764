import { describe, expect, it } from 'vitest';
import { isSet, queryParameters } from '../../../src/http/cas/query-parameters.js';

describe('parameters of a request', () => {
  it('are form-decoded once', () => {
    const { values, repeated } = queryParameters('service=http%3a%2f%2fa%2f%253F+x&other=1', ['service', 'ticket']);
    expect(values).toEqual({ service: 'http://a/%3F x' });
    expect(repeated).toBe(false);
  });
  it('sent twice are said to be so [attack 17]', () => {
    expect(queryParameters('service=a&ticket=ST-x&service=evil', ['service', 'ticket']).repeated).toBe(true);
    expect(queryParameters('service=a&x=1&x=2', ['service']).repeated).toBe(false);
  });
  it.each([
    ['true', true],
    ['1', true],
    ['', true],
    ['false', false],
    [undefined, false],
  ])('are set by any value but false [%s]', (value, set) => {
    expect(isSet(value)).toBe(set);
  });
});
