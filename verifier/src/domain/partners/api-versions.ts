/** A version of the partner API. Days are whole days in UTC. */
export interface ApiVersion {
  readonly name: string;
  readonly since: string;
  /** From here on its answers say that it will end. */
  readonly deprecatedOn?: string;
  /** From here on it answers nothing; at least 12 months after `deprecatedOn`. */
  readonly sunsetOn?: string;
}

/** Every version there is and was. */
export const API_VERSIONS: readonly ApiVersion[] = [{ name: 'v1', since: '2026-11-29' }];

const secondsOf = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000;
const LEAST_NOTICE_DAYS = 365;

export type VersionState = 'current' | 'deprecated' | 'gone';

export function versionState({ deprecatedOn, sunsetOn }: ApiVersion, nowSeconds: number): VersionState {
  if (sunsetOn !== undefined && nowSeconds >= secondsOf(sunsetOn)) return 'gone';
  return deprecatedOn !== undefined && nowSeconds >= secondsOf(deprecatedOn) ? 'deprecated' : 'current';
}

/** What answers of a version that is to end say: Deprecation (RFC 9745), Sunset (RFC 8594), and where to read about it. */
export function versionHeaders({ deprecatedOn, sunsetOn }: ApiVersion, documentUrl: string): Record<string, string> {
  if (deprecatedOn === undefined) return {};
  return {
    Deprecation: `@${secondsOf(deprecatedOn)}`,
    ...(sunsetOn === undefined ? {} : { Sunset: new Date(secondsOf(sunsetOn) * 1000).toUTCString() }),
    Link: `<${documentUrl}>; rel="deprecation"; type="text/html"`,
  };
}

/** What is wrong with a table of versions, in words for whoever changed it: the policy as a check. */
export function versionFaults(versions: readonly ApiVersion[]): string[] {
  return versions.flatMap(({ name, deprecatedOn, sunsetOn }) => {
    if (sunsetOn === undefined) return [];
    if (deprecatedOn === undefined) return [`${name} ends without having been deprecated`];
    const days = (secondsOf(sunsetOn) - secondsOf(deprecatedOn)) / 86_400;
    return days < LEAST_NOTICE_DAYS ? [`${name} ends ${days} days after it was deprecated`] : [];
  });
}
