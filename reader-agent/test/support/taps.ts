import { randomBytes } from 'node:crypto';
import { type SunTemplate, sunTemplate } from '@lanyard/protocol/nfc';
import type { Agent } from './agent-process.js';
import type { CampusCardSpec } from './virtual-reader/card-spec.js';

/** What the screen of an agent shows after a tap, as the stream says it. */
export interface Glass {
  readonly n: number;
  readonly verdict: string;
  readonly reason: string | null;
  readonly notice?: string;
  readonly texts: { readonly zh: { readonly title: string } };
  readonly portrait_url?: string;
}

/** The screen's stream of an agent: verdicts in their order, each handed out once. */
export async function watchScreen(agent: Agent) {
  const response = await agent.call('/v1/screen');
  const seen: Glass[] = [];
  let wake = () => {};
  let closed = false;
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const pump = async () => {
    for (let text = ''; ; ) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const found = /^event: shown\ndata: (.*)$/s.exec(text.slice(0, end));
        text = text.slice(end + 2);
        const body = found === null ? undefined : (JSON.parse(found[1] as string) as Glass & { state: string });
        if (body?.state !== 'verdict') continue;
        seen.push(body);
        wake();
      }
    }
  };
  const pumping = pump().catch(() => {
    closed = true;
  });
  return {
    get closed() {
      return closed;
    },
    /** The next verdict; undefined where none comes in time. */
    async next(withinMs = 5_000): Promise<Glass | undefined> {
      if (seen.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, withinMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return seen.shift();
    },
    clear: () => void seen.splice(0),
    async close() {
      await reader.cancel().catch(() => {});
      await pumping;
    },
  };
}

const settingsOf = ({ piccDataOffset: picc, macOffset: mac }: SunTemplate) =>
  Uint8Array.of(0x40, 0x00, 0xe0, 0xc1, 0xff, 0x12, picc, 0, 0, mac, 0, 0, mac, 0, 0);

/** A personalised campus card with random keys: only a verifier that does not look can accept it. */
export function campusCardSpec(origin: string): CampusCardSpec {
  const template = sunTemplate(origin, 'c', 1);
  const file = new Uint8Array(256);
  file.set(template.file);
  return {
    kind: 'campus-card',
    uid: Uint8Array.of(4, ...randomBytes(6)),
    personalised: {
      ...{ file, settings: settingsOf(template), readCounter: 7 },
      keys: Array.from({ length: 5 }, () => new Uint8Array(randomBytes(16))),
    },
  };
}
