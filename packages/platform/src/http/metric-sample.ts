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
