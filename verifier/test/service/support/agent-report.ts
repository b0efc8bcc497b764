import type { AgentReport } from '../../../src/domain/fleet/agent-report.js';

/** What an agent without any fault reports. */
export const agentReportBody: AgentReport = {
  ...{ version: '1.0.0', protocol: 1, uptime_seconds: 60, starts_in_hour: 1 },
  package: { sequence: null, age_seconds: 10, level: 'fresh' },
  journal: { whole: true, waiting: 0, oldest_seconds: null },
  clock: { offset_ms: 2, uncertainty_ms: 10, reliable: true },
  ...{ readers: null, scanner: 'connected', door: 'none', camera: 'idle' },
  settings: { revision: 0, refused: null },
  ...{ tls_until: null, faults: [] },
};
