export interface ScreenEvent {
  n: number;
  verdict?: string;
  reason?: string;
  state?: string;
}

export interface Screen {
  events: ScreenEvent[];
  /** The next verdict shown after now. */
  next(withinMs?: number): Promise<ScreenEvent>;
  close(): void;
}

/** Reads what a kiosk shows, from the stream its page reads. */
export async function watchScreen(agentUrl: string): Promise<Screen> {
  const stop = new AbortController();
  const answer = await fetch(`${agentUrl}/v1/screen`, {
    signal: stop.signal,
    headers: { Accept: 'text/event-stream' },
  });
  const events: ScreenEvent[] = [];
  const waiting: ((event: ScreenEvent) => void)[] = [];
  void (async () => {
    let text = '';
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = text
          .slice(0, end)
          .split('\n')
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).trim())
          .join('');
        text = text.slice(end + 2);
        if (data === '') continue;
        const event = JSON.parse(data) as ScreenEvent;
        events.push(event);
        if (event.verdict !== undefined) waiting.shift()?.(event);
      }
    }
  })().catch(() => {});
  return {
    events,
    next: (withinMs = 5_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no verdict on the screen within ${withinMs} ms`)), withinMs);
        waiting.push((event) => {
          clearTimeout(timer);
          resolve(event);
        });
      }),
    close: () => stop.abort(),
  };
}
