import { type ChildProcess, fork } from 'node:child_process';
import {
  CardFault,
  type CardFaultCode,
  type PresentedCard,
  type ReaderEvent,
  type ReaderHealth,
  type ReaderPort,
  type ReadersState,
} from '../../domain/reader-port.js';
import type { ChildOptions, FromChild, ToChild } from './child-messages.js';
import type { BindingName } from './pcsc-binding.js';
import { starvedMs } from './starved.js';

const lookMs = 50;
/** Longest silence of a child that had the processor when it wanted it. */
const silentMs = 800;
/** Several beats late: from here on it is looked at whether it gets the processor at all. */
const quietMs = 200;
/** Between two looks: longer means that this process was held up itself. */
const heldUpMs = 250;
/** Of a child that is starting. */
const startingMs = 5_000;
const stuckAfterMs = 1_500;
const firstPauseMs = 20;
const longestPauseMs = 1_000;
/** A child that lived this long has earned a restart without a pause. */
const healthyMs = 3_000;

interface Answered {
  readonly answer: Uint8Array | CardFaultCode;
  readonly tookMs: number;
}
interface Call {
  readonly settle: (answer: Uint8Array | CardFaultCode, tookMs: number) => void;
  readonly startedMs: number;
}

/**
 * Card readers through a binding of PC/SC in a child process that is killed and started again when it stops beating,
 * when a command does not come back, or when it ends, as it does with its daemon.
 * @param options.childModule the compiled `child-main.js`
 */
export function superviseReaders(options: {
  binding: BindingName;
  readers: readonly string[] | 'all';
  childModule: URL;
  /** What every card is sent first: sent as soon as it is there, so that its answer is on its way already. */
  opening?: Uint8Array;
  onRestart: (why: string) => void;
}): ReaderPort & { readonly childPid: number | undefined } {
  const listeners = new Set<(event: ReaderEvent) => void>();
  const tell = (event: ReaderEvent) => {
    for (const listener of [...listeners]) listener(event);
  };
  const nowMs = () => performance.now();
  const opening = options.opening === undefined ? undefined : Buffer.from(options.opening);
  const calls = new Map<number, Call>();
  let readers = new Map<string, ReaderHealth>();
  let state: ReadersState = 'starting';
  let restarts = 0;
  let lastCall = 0;
  let child: ChildProcess | undefined;
  let startedMs = 0;
  let heardMs = 0;
  let waitedBeforeMs: number | undefined;
  let hasBeaten = false;
  let pauseMs = firstPauseMs;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function change(next: ReadersState): void {
    if (state === next) return;
    state = next;
    tell({ kind: 'health' });
  }

  function start(): void {
    const told: ChildOptions = {
      ...{ binding: options.binding, readers: options.readers, stuckAfterMs },
      ...(opening === undefined ? {} : { opening: opening.toString('hex') }),
    };
    startedMs = heardMs = nowMs();
    hasBeaten = false;
    const { PATH, PCSCLITE_CSOCK_NAME } = process.env;
    const started = fork(options.childModule, [JSON.stringify(told)], {
      serialization: 'advanced',
      execArgv: [],
      // Nothing of the agent's own environment; as many threads as readers may hang at once.
      env: { PATH, UV_THREADPOOL_SIZE: '32', ...(PCSCLITE_CSOCK_NAME ? { PCSCLITE_CSOCK_NAME } : {}) },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child = started;
    started.on('message', (message) => child === started && hear(message as FromChild));
    started.on('error', () => {});
    started.once('exit', () => child === started && ended('ended'));
  }

  function ended(why: string): void {
    child = undefined;
    if (nowMs() - startedMs > healthyMs) pauseMs = firstPauseMs;
    readers = new Map();
    for (const [number, call] of [...calls]) {
      calls.delete(number);
      call.settle('reader-failed', 0);
    }
    if (closed) return;
    restarts += 1;
    options.onRestart(why);
    change('failing');
    timer = setTimeout(start, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }

  function kill(why: string): void {
    const old = child;
    child = undefined;
    old?.kill('SIGKILL');
    ended(why);
  }

  /** Time the child spent waiting for the processor does not count as its silence. */
  function forgiveStarving(now: number): void {
    const waitedMs = now - heardMs > quietMs ? starvedMs(child?.pid) : undefined;
    if (waitedMs !== undefined && waitedBeforeMs !== undefined) heardMs += waitedMs - waitedBeforeMs;
    waitedBeforeMs = waitedMs;
  }

  function hear(message: FromChild): void {
    heardMs = nowMs();
    hasBeaten = true;
    switch (message.kind) {
      case 'beat':
        break;
      case 'state':
        change(message.state);
        break;
      case 'reader':
        if (message.there) readers.set(message.reader, { name: message.reader, state: 'ready' });
        else readers.delete(message.reader);
        tell({ kind: 'health' });
        break;
      case 'stuck':
        readers.set(message.reader, { name: message.reader, state: message.stuck ? 'stuck' : 'ready' });
        tell({ kind: 'health' });
        break;
      case 'answer':
        calls.get(message.call)?.settle(message.answer, message.ms);
        calls.delete(message.call);
        break;
      case 'mute':
        tell({ kind: 'card-mute', reader: message.reader });
        break;
      case 'gone':
        tell({ kind: 'card-gone', reader: message.reader });
        break;
      case 'card':
        tell({ kind: 'card', card: present(message.reader, message.card, message.atr) });
        break;
    }
  }

  /** Waits for the answer to a call that is under way, or about to be; never rejects. */
  function answerTo(call: number): Promise<Answered> {
    return new Promise((resolve) => {
      calls.set(call, { settle: (answer, tookMs) => resolve({ answer, tookMs }), startedMs: nowMs() });
    });
  }

  function present(reader: string, card: number, atr: Uint8Array): PresentedCard {
    const of = child;
    let answeringMs = 0;
    let channelMs = 0;
    let opened = opening === undefined ? undefined : answerTo(-card);

    async function send(command: Uint8Array): Promise<Answered> {
      // The next child knows nothing of this card.
      if (child !== of || of === undefined) return { answer: 'reader-failed', tookMs: 0 };
      lastCall += 1;
      const answered = answerTo(lastCall);
      const message: ToChild = { call: lastCall, reader, card, command };
      of.send(message, (error) => error && child === of && kill('channel broken'));
      return answered;
    }
    return {
      reader,
      atr,
      get answeringMs() {
        return answeringMs;
      },
      get channelMs() {
        return channelMs;
      },
      async transmit(command, limitMs) {
        const sentMs = nowMs();
        const first = opened;
        opened = undefined;
        const isOpening = first !== undefined && opening?.equals(command) === true;
        const answered = isOpening ? first : first === undefined ? send(command) : first.then(() => send(command));
        const { answer, tookMs } = await within(answered, limitMs);
        const waitedMs = nowMs() - sentMs;
        // What the card was doing before it was waited for is nobody's time.
        const cardMs = Math.min(tookMs, waitedMs);
        answeringMs += cardMs;
        channelMs += waitedMs - cardMs;
        if (typeof answer === 'string') throw new CardFault(answer);
        return answer;
      },
    };
  }

  let lookedMs = nowMs();
  const look = setInterval(() => {
    const now = nowMs();
    // This process may have been held up itself; what the child said meanwhile is still to be heard.
    const heldUp = now - lookedMs > heldUpMs;
    lookedMs = now;
    if (child === undefined || heldUp) return;
    forgiveStarving(now);
    const silent = now - heardMs > (hasBeaten ? silentMs : startingMs);
    const overdue = [...calls.values()].some((call) => now - call.startedMs > stuckAfterMs);
    if (silent) kill('silent');
    else if (overdue) kill('command overdue');
  }, lookMs);
  start();

  return {
    get health() {
      return { state, readers: [...readers.values()], restarts };
    },
    get childPid() {
      return child?.pid;
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      clearInterval(look);
      clearTimeout(timer);
      const running = child;
      if (running === undefined) return;
      const end = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGKILL');
      await end;
    },
  };
}

/** @throws CardFault `card-timeout` */
async function within(answered: Promise<Answered>, limitMs: number): Promise<Answered> {
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new CardFault('card-timeout')), limitMs);
  });
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(limit);
  }
}
