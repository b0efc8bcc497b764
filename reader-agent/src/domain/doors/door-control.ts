import type { DoorPolicy } from '@lanyard/protocol';
import { osdpCommand, osdpOutput, osdpOutputCode, osdpPacket } from './osdp.js';
import { relayFrame } from './relay-board.js';
import { wiegand26, wiegandLine } from './wiegand26.js';

/** How a door hangs on this machine: address on an OSDP line, channel of a board, what a Wiegand controller knows. */
export interface DoorWiring {
  readonly osdpAddress: number;
  readonly channel: number;
  readonly wiegand: { readonly facility: number; readonly card: number };
}

export interface DoorControl {
  /** Opens for the policy's time; called when the passage is on disk. */
  open(): void;
  /** Whether the agent can decide and record; while it cannot, the policy's `fail` holds. */
  setHealthy(healthy: boolean): void;
  /** Says the wanted state again; call it every second. */
  tick(): void;
  /** Leaves the door without power, in the state it fails into. */
  rest(): void;
  readonly state: 'open' | 'shut';
}

/** How long an OSDP output keeps its timed state without hearing again, in 100 ms. */
const osdpHoldTenths = 30;
/** Agents die in the middle of a command: resting means without power. */
const resting = false;

/**
 * The wanted state of one door, and its frames. A fail-secure door opens under power, a fail-safe one is held shut by
 * it, so that a cut cable or a dead machine leaves each as its policy wants; on OSDP the powered state is timed and
 * ends by itself 3 s after the agent fell silent.
 */
export function createDoorControl(options: {
  policy: () => DoorPolicy;
  /** Held open for an emergency. */
  heldOpen: () => boolean;
  wiring: DoorWiring;
  send: (bytes: Uint8Array) => void;
  nowMs: () => number;
}): DoorControl {
  const { wiring, send, nowMs } = options;
  let openUntilMs = 0;
  let openedMs = 0;
  let healthy = true;
  let sequence = 0;

  function wantsOpen(): boolean {
    const now = nowMs();
    if (options.heldOpen()) return true;
    if (!healthy && options.policy().fail === 'safe') return true;
    // A clock set back must not hold a door open.
    return now >= openedMs && now < openUntilMs;
  }

  function say(powered: boolean): void {
    const { output } = options.policy();
    if (output === 'relay-serial') send(relayFrame(wiring.channel, powered));
    if (output !== 'osdp') return;
    const code = powered ? osdpOutputCode.onForATime : osdpOutputCode.offForGood;
    const data = osdpOutput(wiring.channel - 1, code, powered ? osdpHoldTenths : 0);
    send(osdpPacket({ address: wiring.osdpAddress, sequence, command: osdpCommand.output, data }));
    sequence = (sequence % 3) + 1;
  }
  const tell = () => say(wantsOpen() === (options.policy().fail === 'secure'));

  return {
    open() {
      const { output, open_seconds } = options.policy();
      openedMs = nowMs();
      openUntilMs = openedMs + open_seconds * 1000;
      const { facility, card } = wiring.wiegand;
      if (output === 'wiegand26') send(wiegandLine(wiegand26(facility, card)));
      else tell();
    },
    setHealthy(next) {
      if (healthy === next) return;
      healthy = next;
      tell();
    },
    tick: tell,
    rest: () => say(resting),
    get state() {
      return wantsOpen() ? 'open' : 'shut';
    },
  };
}
