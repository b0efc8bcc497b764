import type { Context } from 'koa';
import type { CasBody } from '../../domain/cas/render-service-response.js';

/** An answer of the protocol. Refusals too are 200: clients read the document, not the status. */
export function answer(context: Context, body: CasBody): void {
  context.status = 200;
  context.set('Cache-Control', 'no-store');
  context.set('Content-Type', body.type);
  context.body = body.body;
}

/** Sends the browser on. Not by Koa's own redirect, which re-encodes the address. */
export function sendTo(context: Context, url: string): void {
  context.status = 302;
  context.set('Cache-Control', 'no-store');
  context.set('Location', url);
  context.body = '';
}

/** Does `work`; what is our own fault is logged and answered by `failed` with status 500. */
export async function orInternal(context: Context, work: () => Promise<CasBody>, failed: () => CasBody): Promise<void> {
  try {
    answer(context, await work());
  } catch (fault) {
    context.app.emit('error', fault instanceof Error ? fault : new Error('not an error', { cause: fault }), context);
    answer(context, failed());
    context.status = 500;
  }
}
