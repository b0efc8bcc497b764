/** What a client shows to prove itself; not yet checked. */
export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
}

/** A text that may be the id of a relying party: nothing else is looked up. */
export function isClientId(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{1,62}$/.test(text);
}

/**
 * Reads the credentials from the Basic header or from the body, never from the query and never from both (RFC 6749
 * §2.3.1). Undefined for anything else, an empty secret too.
 */
export function readClientCredentials(parts: {
  authorization: string;
  form: Readonly<Record<string, string>>;
  querystring: string;
}): ClientCredentials | undefined {
  const query = new URLSearchParams(parts.querystring);
  if (query.has('client_secret') || query.has('client_id')) return undefined;
  const { client_id: formId, client_secret: formSecret } = parts.form;
  if (parts.authorization === '') return credentials(formId, formSecret);
  if (formSecret !== undefined) return undefined;
  const encoded = /^Basic ([A-Za-z0-9+/]{1,1024}={0,2})$/i.exec(parts.authorization)?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return undefined;
  const clientId = formDecode(pair.slice(0, colon));
  // A body may name the client once more, but no other one.
  if (formId !== undefined && formId !== clientId) return undefined;
  return credentials(clientId, formDecode(pair.slice(colon + 1)));
}

function credentials(clientId: string | undefined, clientSecret: string | undefined): ClientCredentials | undefined {
  return clientId !== undefined && isClientId(clientId) && clientSecret ? { clientId, clientSecret } : undefined;
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
