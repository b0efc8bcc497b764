/** What the identity layer's operator routes answer. */

export interface Registration {
  id: string;
  name_zh: string;
  name_en: string;
  protocol: 'oidc' | 'oauth2' | 'cas';
  purpose_zh?: string;
  purpose_en?: string;
  contact: string;
  claims: string[];
  leaves_campus: boolean;
  acr: string;
  people: string;
  oidc?: {
    redirect_uris: string[];
    backchannel_logout_uri?: string;
    token_endpoint_auth_method?: string;
    jwks_uri?: string;
    jwks?: unknown;
  };
  oauth2?: { redirect_uris: string[] };
  cas?: { services: { url: string; match?: string }[]; user?: 'number' | 'pairwise'; logout_url?: string };
}

export interface GradeFinding {
  code: string;
  weight: 'red' | 'amber';
  zh: string;
  en: string;
}

export interface RelyingPartyView extends Registration {
  created_at: number;
  updated_at: number;
  last_seen_at: number | null;
  disabled: boolean;
  grade: 'A' | 'B' | 'C' | 'D';
  findings: GradeFinding[];
}

export interface ClientSettings {
  client: string;
  format: string;
  text: string;
}

export type RelyingPartyDetail = RelyingPartyView & { settings: ClientSettings[]; client_secret?: string };

export interface LogoutDelivery {
  id: string;
  relying_party: string;
  protocol: 'oidc-back-channel' | 'cas-back-channel';
  state: 'waiting' | 'delivered' | 'given-up';
  tries: number;
  last_error: string | null;
  created_at: string;
  next_try_at: string | null;
  delivered_at: string | null;
}

export interface AccountAnswer {
  number: string;
  kind: 'student' | 'staff';
  name: string;
  college: string;
  class: string;
  state: 'active' | 'closed';
  claimed: boolean;
  roles: string[];
}

export interface AccountSession {
  id: string;
  level: string;
  device: string;
  place: string;
  created_at: string;
  last_seen_at: string;
  ended_at: string | null;
  ended_by: string | null;
}

export interface RecoveryCase {
  id: string;
  number: string;
  name: string;
  reason: string;
  state: string;
  opened_by: string;
  opened_at: string;
  expires_at: string;
  approved_by: string | null;
}

export interface StaffImport {
  rows: number;
  people: number;
  rejected: number;
  findings: { line: number; code: string }[];
  difference: { added: number; changed: number; unchanged: number; closed: number };
  dry_run: boolean;
}

export interface IssuedCode {
  number: string;
  name: string;
  college: string;
  class: string;
  code: string;
  expires_at: string;
}

export interface ClaimCodeSummary {
  issued: number;
  claimed: number;
  open: number;
  expired: number;
}
