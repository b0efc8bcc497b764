/** A value read when somebody asks for the metrics. Names and labels are of a fixed list: nothing personal, nothing from outside. */
export interface MetricSample {
  readonly name: `lanyard_${string}`;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** In the text format Prometheus reads, each name once with its type. */
export function renderGauges(service: string, samples: readonly MetricSample[]): string {
  const names = [...new Set(samples.map(({ name }) => name))];
  const lines = names.flatMap((wanted) => [
    `# TYPE ${wanted} gauge`,
    ...samples
      .filter(({ name }) => name === wanted)
      .map(({ labels, value }) => {
        const given = Object.entries(labels).map(([name, text]) => `,${name}="${text}"`);
        return `${wanted}{service="${service}"${given.join('')}} ${value}`;
      }),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

const FRESH_MS = 5_000;

/** Reads again after five seconds at the soonest: anybody may ask for the metrics, as often as he likes. */
export function keepSamples(
  read: () => Promise<readonly MetricSample[]>,
  nowMs: () => number = () => performance.now(),
): () => Promise<readonly MetricSample[]> {
  let kept: { readonly atMs: number; readonly samples: Promise<readonly MetricSample[]> } | undefined;
  return () => {
    if (kept === undefined || nowMs() - kept.atMs >= FRESH_MS)
      kept = { atMs: nowMs(), samples: read().catch(() => []) };
    return kept.samples;
  };
}
