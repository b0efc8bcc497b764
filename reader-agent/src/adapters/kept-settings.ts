import type { SealedStore } from '@lanyard/platform';
import { DocumentError, parseAgentSettings } from '@lanyard/protocol';
import { z } from 'zod';
import type { KeptSettings } from '../domain/fleet/settings-keeper.js';

const file = 'settings';
const zKept = z.object({ revision: z.number().int().min(1), settings: z.unknown() });

/** The last settings that worked; undefined where there are none, or none this version understands. */
export function readKeptSettings(store: SealedStore): KeptSettings | undefined {
  const text = store.read(file);
  if (text === undefined) return undefined;
  const { revision, settings } = zKept.parse(JSON.parse(text.toString('utf8')));
  try {
    return { revision, settings: parseAgentSettings(settings) };
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}

export function keepSettings(store: SealedStore, kept: KeptSettings): void {
  store.write(file, Buffer.from(JSON.stringify(kept)));
}
