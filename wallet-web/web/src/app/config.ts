/** What the server of these pages says about the installation. */
export interface WalletConfig {
  /** Address of the university's own issuer, without a slash at the end. */
  readonly issuer: string;
  readonly verifier: string;
  /** Address of the identity layer: it turns claim codes into offers. */
  readonly idp: string;
  readonly universityCode: string;
  readonly universityName: string;
}

/** Reads the inert meta element that the server puts into the page; without it (a bare build) nothing is preset. */
export function readConfig(page: Document): WalletConfig {
  const content = page.querySelector('meta[name="lanyard-config"]')?.getAttribute('content') ?? '{}';
  const values = JSON.parse(content) as Record<string, unknown>;
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : '');
  return {
    issuer: text('issuer'),
    verifier: text('verifier'),
    idp: text('idp'),
    universityCode: text('university_code'),
    universityName: text('university_name'),
  };
}
