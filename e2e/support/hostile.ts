/** A JSON Schema as far as routes use it. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const PLAUSIBLE = [
  ...['leave', 'a1', '9202512000002', '4199090001', '123456', '13800000001', '0', 'registrar', 'zh', '示例'],
  ...['2026-12-01', '2026-12-01T08:00:00Z', '08:00', '2026-2027-1', 'AAAA-BBBB-CCCC-DDDD', 'deadbeef', '#aabbcc'],
  ...['a@example.edu', 'https://example.edu/x', 'urn:x', ...[22, 43, 86].map((length) => 'A'.repeat(length))],
];

/** Something a schema takes, or nearly. */
export function sampleOf(schema: Schema, depth = 0): unknown {
  if (depth > 8) return 'x';
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const one = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (one !== undefined) return sampleOf(one, depth + 1);
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map((part) => sampleOf(part, depth + 1) as object));
  const type = typeof schema.type === 'object' ? schema.type[0] : schema.type;
  if (type === 'object')
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, part]) => [name, sampleOf(part, depth + 1)]),
    );
  if (type === 'array') return [sampleOf(schema.items ?? schema.prefixItems?.[0] ?? {}, depth + 1)];
  if (type === 'integer' || type === 'number') return Math.max(schema.minimum ?? 0, Math.min(1, schema.maximum ?? 1));
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  const { pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  const fits = (text: string) =>
    (pattern === undefined || new RegExp(pattern, 'u').test(text)) &&
    text.length >= minLength &&
    text.length <= maxLength;
  return PLAUSIBLE.find(fits) ?? 'x'.repeat(Math.max(1, minLength));
}

const TEXTS = ['\0', 'a\0b', '\ud800', '', '../..', '__proto__', 'http://[', '2147483648', '9999-12-31', '0001-01-01'];
const TIMES = ['9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z'];
const VALUES = [null, [], {}, -1, 0.5, 2 ** 31, Number.MAX_SAFE_INTEGER, 2 ** 60, 1e308, 'x'];

type Way = readonly (string | number)[];
function* waysInto(value: unknown, way: Way = []): Generator<Way> {
  yield way;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value).slice(0, 20))
    yield* waysInto(part, [...way, Array.isArray(value) ? Number(name) : name]);
}
function valueAt(value: unknown, way: Way): unknown {
  return way.reduce((part, name) => (part as Record<string | number, unknown>)[name], value);
}
function changed(value: unknown, way: Way, to: unknown): unknown {
  const [name, ...rest] = way;
  if (name === undefined) return to;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[name] = changed(copy[name], rest, to);
  return copy;
}

/** The sample, and the sample with one thing in it that no honest client sends. */
export function* hostileBodies(sample: unknown): Generator<string> {
  yield JSON.stringify(sample);
  for (const way of waysInto(sample)) {
    const value = valueAt(sample, way);
    const text = typeof value === 'string' ? [...TEXTS, ...(value.includes('T08:00') ? TIMES : [])] : [];
    for (const to of [...text, ...VALUES]) yield JSON.stringify(changed(sample, way, to));
    if (Array.isArray(value)) yield JSON.stringify(changed(sample, way, Array(2_000).fill(value[0] ?? 'x')));
  }
  yield* [
    '',
    '{',
    'null',
    '"x"',
    '{"__proto__":{"a":1}}',
    `${'['.repeat(9_000)}${']'.repeat(9_000)}`,
    '{"a":"\\ud83d"}',
  ];
}

/** Segments of a path and values of a query, as they are written there. */
export const HOSTILE_SEGMENTS = ['%00', '%ED%A0%80', '%', '..%2f..', '2147483648', '9'.repeat(22), 'x'.repeat(3_000)];
export const HOSTILE_VALUES = [
  ...['', '%00', 'a%00b', '%ED%A0%80', '-1', '0.5', '2147483648', String(Number.MAX_SAFE_INTEGER), '1e308'],
  ...['0001-01-01', '9999-12-31', '9999-12-31T23%3A59%3A59Z', '__proto__', 'null', 'x'.repeat(3_000)],
];
