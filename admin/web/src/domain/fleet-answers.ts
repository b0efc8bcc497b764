/** Answers of the verifier about the fleet (docs/services.md). */
export type Health = 'ok' | 'lagging' | 'degraded' | 'silent' | 'outdated';
export const HEALTHS: readonly Health[] = ['silent', 'degraded', 'lagging', 'outdated', 'ok'];

export interface FleetAgent {
  id: string;
  checkpoint_id: string;
  name: string | null;
  health: Health;
  reasons: string[];
  enrolled_at: string;
  withdrawn_at: string | null;
  last_seen_at: string | null;
  reported_at: string | null;
  version: string | null;
  package_sequence: number | null;
  package_age_seconds: number | null;
  journal_waiting: number | null;
  journal_oldest_seconds: number | null;
  clock: { offset_ms: number | null; uncertainty_ms: number; reliable: boolean } | null;
  readers: string | null;
  settings_revision: number | null;
}
export interface Fleet {
  counts: Record<Health, number>;
  agents: FleetAgent[];
  next: string | null;
}

/** What may be set of an agent, in the order of the form. Null: not set here. */
export const SETTING_FIELDS = [
  ['report_seconds', 'number'],
  ['scanner_baud', 'number'],
  ['readers', 'text'],
  ['reader_binding', 'binding'],
  ['door_channel', 'number'],
  ['door_address', 'number'],
  ['gossip_port', 'number'],
  ['gossip_to', 'list'],
  ['wanted_version', 'text'],
  ['update_window', 'text'],
] as const;
export type SettingName = (typeof SETTING_FIELDS)[number][0];
export type SettingKind = (typeof SETTING_FIELDS)[number][1];
export type Settings = Partial<Record<SettingName, string | number | string[]>>;

export interface FleetDetail extends FleetAgent {
  report: {
    uptime_seconds: number;
    starts_in_hour: number;
    readers: { state: string; readers: { name: string; state: string }[]; restarts: number } | null;
    scanner: string;
    door: string;
    camera: string;
    settings: { revision: number; refused: { revision: number; code: string } | null };
    faults: { code: string; at: number; times: number }[];
  } | null;
  certificate_until: string | null;
  history: { health: Health; reasons: string[]; at: string }[];
  settings: { revision: number; merged: Settings };
}
export interface ScopeSettings {
  scope: string;
  revision: number;
  settings: Settings;
  set_by: string | null;
  at: string | null;
}
export interface Bundle {
  bundle: string;
  passphrase: string;
  tls_port: number;
  not_after: string;
}

/** What stands in a field, as text; empty where nothing is set. */
export const settingText = (value: Settings[SettingName] | undefined): string =>
  value === undefined ? '' : Array.isArray(value) ? value.join(', ') : String(value);

/** What a form's texts set; empty fields are not set. */
export function settingsOf(texts: Partial<Record<SettingName, string>>): Settings {
  const settings: Settings = {};
  for (const [name, kind] of SETTING_FIELDS) {
    const text = (texts[name] ?? '').trim();
    if (text === '') continue;
    // A number that is none stays a text: the verifier says what is wrong with it.
    const number = Number(text);
    if (kind === 'number') settings[name] = Number.isInteger(number) ? number : text;
    else if (kind === 'list') settings[name] = text.split(/[\s,]+/).filter((part) => part !== '');
    else settings[name] = text;
  }
  return settings;
}

export interface SettingChange {
  name: SettingName;
  from: string;
  to: string;
}

/** What saving would change, field by field. */
export function settingChanges(before: Settings, after: Settings): SettingChange[] {
  return SETTING_FIELDS.map(([name]) => ({
    ...{ name, from: settingText(before[name]), to: settingText(after[name]) },
  })).filter(({ from, to }) => from !== to);
}
