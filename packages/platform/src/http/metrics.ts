const BUCKETS_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 30];

/** Counters in the text format Prometheus reads: by method and status class only, nothing personal. */
export function createMetrics(service: string) {
  const requests = new Map<string, number>();
  const buckets = new Array<number>(BUCKETS_SECONDS.length + 1).fill(0);
  let sum = 0;
  return {
    count(method: string, status: number, seconds: number): void {
      const known = /^(GET|POST|PUT|DELETE|HEAD|OPTIONS)$/.test(method) ? method : 'OTHER';
      const key = `method="${known}",status="${Math.floor(status / 100)}xx"`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
      const index = BUCKETS_SECONDS.findIndex((limit) => seconds <= limit);
      const slot = index < 0 ? BUCKETS_SECONDS.length : index;
      buckets[slot] = (buckets[slot] ?? 0) + 1;
      sum += seconds;
    },
    render(): string {
      const lines = ['# TYPE lanyard_requests_total counter'];
      for (const [key, value] of requests) lines.push(`lanyard_requests_total{service="${service}",${key}} ${value}`);
      lines.push('# TYPE lanyard_request_seconds histogram');
      let total = 0;
      buckets.forEach((value, index) => {
        total += value;
        lines.push(
          `lanyard_request_seconds_bucket{service="${service}",le="${BUCKETS_SECONDS[index] ?? '+Inf'}"} ${total}`,
        );
      });
      lines.push(`lanyard_request_seconds_sum{service="${service}"} ${sum}`);
      lines.push(`lanyard_request_seconds_count{service="${service}"} ${total}`);
      lines.push(
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes{service="${service}"} ${process.memoryUsage.rss()}`,
      );
      return `${lines.join('\n')}\n`;
    },
  };
}
