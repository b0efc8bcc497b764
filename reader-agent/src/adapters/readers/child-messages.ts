import type { CardFaultCode } from '../../domain/reader-port.js';
import type { BindingName } from './pcsc-binding.js';

/** What the process that drives the readers is told at its start, as one JSON argument. */
export interface ChildOptions {
  readonly binding: BindingName;
  /** Beginnings of names; `all` takes every reader. */
  readonly readers: readonly string[] | 'all';
  readonly stuckAfterMs: number;
  /** Hex of the command every card is sent as soon as it is there; its answer comes under the call `-card`. */
  readonly opening?: string;
}

/** Agent to child: one command for the card that was announced under this number. */
export interface ToChild {
  readonly call: number;
  readonly reader: string;
  readonly card: number;
  readonly command: Uint8Array;
}

/** Child to agent. Any of them counts as a beat. */
export type FromChild =
  | { readonly kind: 'beat' }
  | { readonly kind: 'state'; readonly state: 'not-installed' | 'no-daemon' | 'working' }
  | { readonly kind: 'reader'; readonly reader: string; readonly there: boolean }
  | { readonly kind: 'stuck'; readonly reader: string; readonly stuck: boolean }
  | { readonly kind: 'card'; readonly reader: string; readonly card: number; readonly atr: Uint8Array }
  | { readonly kind: 'mute' | 'gone'; readonly reader: string }
  | {
      readonly kind: 'answer';
      readonly call: number;
      readonly answer: Uint8Array | CardFaultCode;
      /** How long the binding, reader and card took over it. */
      readonly ms: number;
    };
