const MESSAGE_AT_MOST = 1_500;
const TESTS_OF_A_FILE = 5;

/** What a vitest JSON report says has failed: `{file, test, message}`, a file that could not be read at all included. */
export function failuresOf(report) {
  return report.testResults.flatMap(({ name: file, status, message, assertionResults }) => {
    const tests = assertionResults.filter((one) => one.status === 'failed');
    if (tests.length === 0) return status === 'failed' ? [{ file, test: 'whole file', message: cut(message) }] : [];
    return tests.slice(0, TESTS_OF_A_FILE).map(({ fullName, failureMessages }) => ({
      file,
      test: fullName,
      message: cut(failureMessages.join('\n')),
    }));
  });
}

/** The counts of a run whose failed files ran a second time. The second run must hold whole. */
export function secondRun(first, failures, again) {
  if (!again.ok) return { ...first, failed: Math.max(1, again.failed), failures: again.failures, unsteady: failures };
  return { ...first, ok: true, passed: first.passed + first.failed, failed: 0, failures: [], unsteady: failures };
}

const cut = (message) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of the terminal are control characters
  const plain = String(message ?? '').replaceAll(/\u001b\[[0-9;]*m/g, '');
  const ours = plain
    .split('\n')
    .filter((line) => !/^\s+at .*(node_modules|node:)/.test(line))
    .join('\n');
  return ours.length > MESSAGE_AT_MOST ? `${ours.slice(0, MESSAGE_AT_MOST)} …` : ours;
};
