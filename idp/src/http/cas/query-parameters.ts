/** Parameters of a protocol request, by name. */
export interface QueryParameters<Name extends string> {
  values: Partial<Record<Name, string>>;
  /** One of them was sent twice: which one counts would be a guess. */
  repeated: boolean;
}

/** Form-decodes a query once and takes the named parameters; others are of no concern (CAS protocol §2). */
export function queryParameters<Name extends string>(
  querystring: string,
  names: readonly Name[],
): QueryParameters<Name> {
  const values: Partial<Record<Name, string>> = {};
  let repeated = false;
  const wanted = new Set<string>(names);
  for (const [name, value] of new URLSearchParams(querystring)) {
    if (!wanted.has(name)) continue;
    if (Object.hasOwn(values, name)) repeated = true;
    values[name as Name] = value;
  }
  return { values, repeated };
}

/** "If this parameter is set": any value but `false`, since clients send `true` as well as `1`. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== 'false';
}
