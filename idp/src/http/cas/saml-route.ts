import type Router from '@koa/router';
import { Refusal, readBody } from '@lanyard/platform';
import type { Context } from 'koa';
import { type CasReason, casFailure } from '../../domain/cas/cas-failure.js';
import { MAX_SAML_BYTES, parseSamlRequest } from '../../domain/cas/parse-saml-request.js';
import { renderSamlFailure, renderSamlSuccess, type SamlEnvelope } from '../../domain/cas/render-saml-response.js';
import { type RandomBytes, randomText } from '../../domain/cas/ticket.js';
import type { ValidateTicket } from '../../domain/cas/validate-ticket.js';
import { orInternal } from './answers.js';
import { isSet, queryParameters } from './query-parameters.js';

export interface SamlParts {
  validate: ValidateTicket;
  publicUrl: string;
  nowSeconds: () => number;
  random: RandomBytes;
}

/** `/samlValidate` (CAS protocol §4.2), for clients that speak SAML 1.1. Service tickets only. */
export function addSamlRoute(router: Router, prefix: string, parts: SamlParts): void {
  router.post(`${prefix}/samlValidate`, (context: Context) => {
    const { values, repeated } = queryParameters(context.querystring, ['TARGET', 'renew']);
    const service = values.TARGET ?? '';
    const envelope: SamlEnvelope = {
      responseId: `_${randomText(parts.random, 32)}`,
      assertionId: `_${randomText(parts.random, 32)}`,
      nowSeconds: parts.nowSeconds(),
      issuer: parts.publicUrl,
      recipient: service,
      inResponseTo: undefined,
    };
    const refuse = (reason: CasReason) => renderSamlFailure(envelope, casFailure(reason));
    return orInternal(
      context,
      async () => {
        const bytes = await bodyOf(context);
        if (repeated) return refuse('parameter-repeated');
        if (service === '') return refuse('parameters-missing');
        const request = bytes === undefined ? undefined : parseSamlRequest(bytes);
        if (request === undefined) return refuse('request-malformed');
        envelope.inResponseTo = request.requestId;
        const verdict = await parts.validate({
          ticket: request.artifact,
          service,
          renew: isSet(values.renew),
          allowProxyTickets: false,
        });
        return verdict.valid ? renderSamlSuccess(envelope, verdict.principal) : refuse(verdict.reason);
      },
      () => refuse('internal'),
    );
  });
}

/** The body, or undefined for one that is too long or was cut off. */
async function bodyOf(context: Context): Promise<Buffer | undefined> {
  try {
    return await readBody(context.req, MAX_SAML_BYTES);
  } catch (thrown) {
    if (thrown instanceof Refusal) return undefined;
    throw thrown;
  }
}
