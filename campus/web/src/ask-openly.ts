import { ApiProblem, readProblem } from '@lanyard/look/staff/api-problem.js';

const TIMEOUT_MS = 20_000;

/** What anybody may ask, signed in or not: a screen in a hall, a kiosk. With a body it is a write. @param path after `/v1` @throws {ApiProblem} */
export async function askOpenly<Answer>(path: string, body?: object): Promise<Answer> {
  const sent = { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const init = { signal: controller.signal, ...(body === undefined ? {} : sent) };
    const response = await fetch(`/v1${path}`, init);
    if (response.ok) return (await response.json()) as Answer;
    throw readProblem(response.status, await response.text());
  } catch (error) {
    throw error instanceof ApiProblem ? error : new ApiProblem('network', 0);
  } finally {
    clearTimeout(timer);
  }
}
