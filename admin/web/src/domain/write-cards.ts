/** One step of the issuer's personalisation, as far as the desk needs it. */
export interface Step {
  id: string;
  outcome: 'running' | 'done' | 'failed' | 'torn';
  sequence: number;
  /** Name of the step, for people. */
  step?: string;
  command: string;
  card_number?: string;
  reason?: string;
}

/** How one card ended. */
export interface WrittenCard {
  outcome: 'done' | 'failed' | 'torn';
  number: string | undefined;
  reason: string | undefined;
}

export type DeskState =
  | { readonly kind: 'waiting'; readonly again: boolean }
  | { readonly kind: 'writing'; readonly sequence: number; readonly step: string };

/** The two ends bytes are carried between, and how time passes. */
export interface DeskPorts {
  /** Number of the card that lies there, or null. */
  lying(): Promise<number | null>;
  /** The card's answer; null where it was taken away. */
  send(card: number, command: string): Promise<string | null>;
  start(keyVersion: number): Promise<Step>;
  step(id: string, sequence: number, response: string | null): Promise<Step>;
  pause(): Promise<void>;
}

/**
 * Writes cards one after the other until `count` are done or somebody stops: the issuer says each command, the desk's
 * agent hands it to the card, nothing here knows a key. A card that was lifted too early is asked for again; laid down
 * once more it is finished. Where the page is left in the middle the card stays as a torn one does.
 */
export async function writeCards(
  ports: DeskPorts,
  order: { readonly keyVersion: number; readonly count: number; readonly stopped: () => boolean },
  tell: { readonly state: (state: DeskState) => void; readonly written: (card: WrittenCard) => void },
): Promise<void> {
  let last = 0;
  let again = false;
  let done = 0;
  while (done < order.count && !order.stopped()) {
    tell.state({ kind: 'waiting', again });
    const card = await ports.lying();
    if (card === null || card <= last) {
      await ports.pause();
      continue;
    }
    last = card;
    let step = await ports.start(order.keyVersion);
    while (step.outcome === 'running') {
      tell.state({ kind: 'writing', sequence: step.sequence, step: step.step ?? '' });
      const response = await ports.send(card, step.command);
      step = await ports.step(step.id, step.sequence, response);
    }
    again = step.outcome === 'torn';
    if (step.outcome === 'done') done += 1;
    tell.written({ outcome: step.outcome, number: step.card_number, reason: step.reason });
  }
}
