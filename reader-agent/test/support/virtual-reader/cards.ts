import { fork } from 'node:child_process';
import { cardProcessPath } from './build.js';
import type { CardSpec, FromCards, ToCards } from './card-spec.js';

/** A card lying on a reader. */
export interface Tap {
  /** Resolves when the card has left, with the number of commands it was given; false where it never got in. */
  readonly out: Promise<number>;
  remove(): Promise<number>;
}

export interface VirtualCard {
  tap(socket: string): Promise<Tap>;
  forget(): void;
}

/** Starts the process in which all virtual cards of a test live. */
export function startCards(): { make(spec: CardSpec): VirtualCard; stop(): void } {
  const child = fork(cardProcessPath, { serialization: 'advanced', execArgv: [] });
  const taps = new Map<number, { in: () => void; out: (commands: number) => void }>();
  let lastCard = 0;
  let lastTap = 0;
  const say = (message: ToCards) => child.send(message);
  child.on('message', (message: FromCards) => {
    if (message.at === 'in') taps.get(message.tap)?.in();
    else {
      taps.get(message.tap)?.out(message.commands);
      taps.delete(message.tap);
    }
  });
  return {
    make(spec) {
      lastCard += 1;
      const card = lastCard;
      say({ do: 'make', card, spec });
      return {
        async tap(socket) {
          lastTap += 1;
          const tap = lastTap;
          let laid = () => {};
          const inside = new Promise<void>((resolve) => {
            laid = resolve;
          });
          const out = new Promise<number>((resolve) => {
            taps.set(tap, {
              in: laid,
              out(commands) {
                laid();
                resolve(commands);
              },
            });
          });
          say({ do: 'tap', card, tap, socket });
          await inside;
          return {
            out,
            remove() {
              say({ do: 'remove', tap });
              return out;
            },
          };
        },
        forget: () => void say({ do: 'forget', card }),
      };
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
