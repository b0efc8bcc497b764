import { ref } from 'vue';
import type { FormValues, ServerDraft } from './answers.js';
import { ask, hasCode, isUnanswered } from './api.js';
import { type LocalDraft, type Merge, mergeDraft } from './domain/merge-draft.js';
import { drop, keep, kept } from './kept.js';

const SEND_AFTER_MS = 1_000;
type Conflict = Extract<Merge, { take: 'ask' | 'ask-gone' }>;

/**
 * The draft of one service: written here at once, on the server as soon as it can be. A draft that went on elsewhere
 * meanwhile is never written over; the student chooses.
 */
export function createDraft(parts: { number: string; module: string; service: string }) {
  const { number, module, service } = parts;
  const name = `${number}/draft/${service}`;
  const path = `/drafts/${service}`;
  let local: LocalDraft | undefined = kept<LocalDraft>(name);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> = Promise.resolve();
  /** Null: nothing was written. `isEverywhere`: on the server, so on the other devices too. */
  const saved = ref<{ readonly at: string; readonly isEverywhere: boolean } | null>(null);
  const conflict = ref<Conflict | undefined>();

  function put(next: LocalDraft | undefined): void {
    local = next;
    if (next === undefined) drop(name);
    else keep(name, next);
    saved.value = next === undefined ? null : { at: next.at, isEverywhere: !next.isAhead };
  }
  const read = async (): Promise<ServerDraft | undefined> => {
    try {
      return await ask<ServerDraft>({ module }, path);
    } catch (error) {
      if (hasCode(error, 'draft-not-found')) return undefined;
      throw error;
    }
  };
  const fromServer = ({ form, version, updated_at }: ServerDraft): LocalDraft => ({
    ...{ form, at: updated_at, base: version, isAhead: false },
  });

  /** @returns the values to go on with; where both sides have some, those of this device until the student has chosen */
  function settle(merge: Merge): FormValues {
    switch (merge.take) {
      case 'nothing':
        put(undefined);
        return {};
      case 'server':
        put(fromServer(merge.draft));
        return merge.draft.form;
      case 'local':
        if (local !== undefined) put({ ...local, base: merge.version });
        void send();
        return local?.form ?? {};
      case 'ask':
      case 'ask-gone':
        conflict.value = merge;
        return merge.local.form;
    }
  }

  async function open(): Promise<FormValues> {
    try {
      return settle(mergeDraft(local, await read()));
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      put(local);
      return local?.form ?? {};
    }
  }

  function write(form: FormValues): void {
    put({ form, at: new Date().toISOString(), base: local?.base ?? null, isAhead: true });
    clearTimeout(timer);
    timer = setTimeout(() => void send(), SEND_AFTER_MS);
  }

  /** One after the other, so that each grows from the version before it. */
  function send(): Promise<void> {
    clearTimeout(timer);
    sending = sending.then(sendNow, sendNow);
    return sending;
  }
  async function sendNow(): Promise<void> {
    const sent = local;
    if (sent === undefined || !sent.isAhead || conflict.value !== undefined) return;
    try {
      const answer = await ask<{ version: number; updated_at: string }>({ module }, path, {
        ...({ method: 'PUT', body: { form: sent.form, version: sent.base }, background: true } as const),
      });
      if (local === undefined) return;
      // What was typed meanwhile is still ahead.
      put(local === sent ? fromServer({ form: sent.form, ...answer }) : { ...local, base: answer.version });
    } catch (error) {
      if (!hasCode(error, 'draft-version-conflict')) return;
      const merge = mergeDraft(local, await read().catch(() => undefined));
      if (merge.take === 'ask' || merge.take === 'ask-gone') conflict.value = merge;
      else if (merge.take === 'server') put(fromServer(merge.draft));
      else if (merge.take === 'local' && local !== undefined) put({ ...local, base: merge.version });
    }
  }

  /** The student chose. @returns the values to go on with */
  async function choose(which: 'here' | 'there'): Promise<FormValues> {
    const found = conflict.value;
    conflict.value = undefined;
    if (found === undefined) return local?.form ?? {};
    if (which === 'there')
      return settle(found.take === 'ask' ? { take: 'server', draft: found.server } : { take: 'nothing' });
    put({ ...found.local, base: found.take === 'ask' ? found.server.version : null, isAhead: true });
    await send();
    return found.local.form;
  }

  async function remove(): Promise<void> {
    clearTimeout(timer);
    const hadServer = local !== undefined && local.base !== null;
    put(undefined);
    await sending.catch(() => undefined);
    if (hadServer) await ask({ module }, path, { method: 'DELETE' });
  }
  /** Before a hand-in: what is on its way arrives first, nothing follows. Handing in deletes the draft on the server. */
  async function settleSending(): Promise<void> {
    clearTimeout(timer);
    await sending.catch(() => undefined);
  }
  /** After the form was handed in: the server has deleted its own. */
  function forget(): void {
    clearTimeout(timer);
    put(undefined);
  }
  /** Stops waiting; what is not on the server yet stays here and goes up the next time. */
  const stop = (): void => {
    clearTimeout(timer);
    if (local !== undefined) void send();
  };
  return { saved, conflict, open, write, send, choose, remove, settleSending, forget, stop };
}
export type Draft = ReturnType<typeof createDraft>;
