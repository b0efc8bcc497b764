import type { ArchiveEntry, ArchiveErrorCode, ArchiveLimits } from '../../domain/archive/read-archive.js';
import type { PortraitFault } from '../../domain/portraits/portrait-rules.js';

/** `convert`: one picture to a portrait; `list`: the directory of a zip file. */
export type PortraitJob =
  | { readonly do: 'convert'; readonly picture: Uint8Array }
  | { readonly do: 'list'; readonly path: string; readonly limits: ArchiveLimits };

export type PortraitAnswer =
  | { readonly ok: true; readonly jpeg: Uint8Array }
  | { readonly ok: true; readonly entries: readonly ArchiveEntry[] }
  | { readonly ok: false; readonly code: PortraitFault | ArchiveErrorCode };
