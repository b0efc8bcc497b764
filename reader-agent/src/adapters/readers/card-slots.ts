import type { CardFaultCode } from '../../domain/reader-port.js';
import { faultOf, type PcscBinding, type PcscCard, scard } from './pcsc-binding.js';

export interface SlotEvents {
  reader(name: string, there: boolean): void;
  card(reader: string, card: number, atr: Uint8Array): void;
  mute(reader: string): void;
  gone(reader: string): void;
  /** A connect or a command has not come back for a long time, or has come back after all. */
  stuck(reader: string, stuck: boolean): void;
}

interface Slot {
  /** What lies in the field by the last news: its count of events names the tap. */
  wanted: { readonly count: number; readonly atr: Uint8Array } | undefined;
  /** What was announced; without a card where it did not talk. */
  open: { readonly count: number; readonly id: number; readonly card: PcscCard | undefined } | undefined;
  settling: boolean;
  calls: Promise<unknown>;
}

/**
 * Turns states of readers into taps: connects, announces, disconnects, one call after the other for each reader, so
 * that a reader that hangs stops nothing but itself.
 */
export function createCardSlots(options: {
  /** States may arrive before it is there. */
  binding: Promise<PcscBinding>;
  on: SlotEvents;
  after: (ms: number, run: () => void) => () => void;
  stuckAfterMs: number;
}) {
  const { on } = options;
  const slots = new Map<string, Slot>();
  let lastId = 0;

  async function watched<T>(reader: string, call: Promise<T>): Promise<T> {
    let stuck = false;
    const cancel = options.after(options.stuckAfterMs, () => {
      stuck = true;
      on.stuck(reader, true);
    });
    try {
      return await call;
    } finally {
      cancel();
      if (stuck) on.stuck(reader, false);
    }
  }

  async function close(reader: string, slot: Slot): Promise<void> {
    const { open } = slot;
    slot.open = undefined;
    on.gone(reader);
    // Never while a command is under way: the binding would block on it, and with it everything else.
    await slot.calls.catch(() => {});
    if (open?.card !== undefined) await watched(reader, open.card.disconnect()).catch(() => {});
  }

  async function open(reader: string, slot: Slot): Promise<void> {
    const { wanted } = slot;
    if (wanted === undefined) return;
    lastId += 1;
    const id = lastId;
    const connected = options.binding.then((binding) => binding.connect(reader));
    const card = await watched(reader, connected).catch(() => undefined);
    slot.open = { count: wanted.count, id, card };
    if (slot.wanted?.count !== wanted.count) return;
    if (card === undefined) on.mute(reader);
    else on.card(reader, id, wanted.atr);
  }

  async function settle(reader: string, slot: Slot): Promise<void> {
    if (slot.settling) return;
    slot.settling = true;
    while (slot.open?.count !== slot.wanted?.count) await (slot.open ? close(reader, slot) : open(reader, slot));
    slot.settling = false;
  }

  function slotOf(reader: string): Slot {
    const known = slots.get(reader);
    if (known !== undefined) return known;
    const slot: Slot = { wanted: undefined, open: undefined, settling: false, calls: Promise.resolve() };
    slots.set(reader, slot);
    on.reader(reader, true);
    return slot;
  }

  return {
    state(reader: string, state: number, atr: Uint8Array): void {
      const slot = slotOf(reader);
      const present = (state & scard.present) !== 0;
      // The first news of an empty reader: whatever lay there before this process came is gone.
      if (!present && slot.open === undefined && !slot.settling) on.gone(reader);
      slot.wanted = present ? { count: state >>> 16, atr: Uint8Array.from(atr) } : undefined;
      void settle(reader, slot);
    },
    vanished(reader: string): void {
      const slot = slots.get(reader);
      if (slot === undefined) return;
      slots.delete(reader);
      slot.wanted = undefined;
      void settle(reader, slot);
      on.reader(reader, false);
    },
    /** Answers, or says why not; calls for a card that is no longer there are not even tried. */
    async transmit(reader: string, id: number, command: Uint8Array): Promise<Uint8Array | CardFaultCode> {
      const slot = slots.get(reader);
      const card = slot?.open?.id === id ? slot.open.card : undefined;
      if (slot === undefined || card === undefined) return 'card-gone';
      const call = watched(reader, card.transmit(Buffer.from(command)));
      slot.calls = call;
      return call.catch(faultOf);
    },
  };
}
