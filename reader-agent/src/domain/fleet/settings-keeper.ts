import {
  type AgentSettingName,
  type AgentSettings,
  agentSettingNames,
  type CarriedSettings,
  DocumentError,
  parseAgentSettings,
} from '@lanyard/protocol';

/** Everything that may be set, with what holds where nothing is set. */
export type EffectiveSettings = Required<Omit<AgentSettings, 'wanted_version' | 'update_window'>>;

/** Settings that do not work here, by a stable code. */
export class SettingsRefused extends Error {
  override readonly name = 'SettingsRefused';
  constructor(readonly code: 'readers-not-started' | 'readers-not-found') {
    super(code);
  }
}

/** What is kept over restarts: the last settings that worked. */
export interface KeptSettings {
  readonly revision: number;
  readonly settings: AgentSettings;
}

export interface SettingsKeeper {
  readonly effective: EffectiveSettings;
  /** Of the settings in force; 0 where the machine's own hold. */
  readonly revision: number;
  readonly refused: { readonly revision: number; readonly code: string } | undefined;
  /** Applies what a package carries, once per revision; resolves when it holds or is refused. */
  take(carried: CarriedSettings | undefined): Promise<void>;
}

/**
 * Settings from afar over those of the machine: checked, applied while the gate works, and taken back where a device
 * does not come up with them.
 */
export function createSettingsKeeper(options: {
  /** Of the machine's environment. */
  own: EffectiveSettings;
  /** Names the environment keeps for itself. */
  pinned: readonly string[];
  kept: KeptSettings | undefined;
  keep: (kept: KeptSettings) => void;
  /** Brings devices from one state to another. @throws SettingsRefused where they do not come up */
  apply: (next: EffectiveSettings, before: EffectiveSettings) => Promise<void>;
  onRefused: (revision: number, code: string) => void;
}): SettingsKeeper {
  const { own, pinned } = options;
  let inForce: KeptSettings = options.kept ?? { revision: 0, settings: {} };
  let effective = over(own, inForce.settings, pinned);
  let refused: SettingsKeeper['refused'];
  let queue: Promise<void> = Promise.resolve();

  function refuse(revision: number, code: string): void {
    refused = { revision, code };
    options.onRefused(revision, code);
  }
  async function take(carried: CarriedSettings | undefined): Promise<void> {
    if (carried === undefined || carried.revision === inForce.revision) return;
    if (carried.revision === refused?.revision) return;
    const { revision } = carried;
    let settings: AgentSettings;
    try {
      settings = parseAgentSettings(carried.settings);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      return refuse(revision, 'settings-invalid');
    }
    const before = effective;
    const next = over(own, settings, pinned);
    try {
      effective = next;
      await options.apply(next, before);
    } catch (error) {
      effective = before;
      // What held before held with the devices as they are: that it fails too is no news about these settings.
      await options.apply(before, next).catch(() => {});
      return refuse(revision, error instanceof SettingsRefused ? error.code : 'settings-failed');
    }
    inForce = { revision, settings };
    refused = undefined;
    options.keep(inForce);
  }

  return {
    get effective() {
      return effective;
    },
    get revision() {
      return inForce.revision;
    },
    get refused() {
      return refused;
    },
    take(carried) {
      queue = queue.then(() => take(carried));
      return queue;
    },
  };
}

function over(own: EffectiveSettings, settings: AgentSettings, pinned: readonly string[]): EffectiveSettings {
  const names = agentSettingNames.filter((name: AgentSettingName) => settings[name] !== undefined && name in own);
  const set = names.filter((name) => !pinned.includes(name)).map((name) => [name, settings[name]]);
  return { ...own, ...Object.fromEntries(set) };
}
