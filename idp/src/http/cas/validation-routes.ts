import type Router from '@koa/router';
import type { Context } from 'koa';
import { type CasReason, casFailure } from '../../domain/cas/cas-failure.js';
import type { IssueProxyTicket } from '../../domain/cas/issue-proxy-ticket.js';
import {
  type CasFormat,
  renderFailure,
  renderPlain,
  renderProxyFailure,
  renderProxySuccess,
  renderSuccess,
} from '../../domain/cas/render-service-response.js';
import type { ValidateTicket } from '../../domain/cas/validate-ticket.js';
import { orInternal } from './answers.js';
import { isSet, queryParameters } from './query-parameters.js';

const NAMES = ['service', 'ticket', 'renew', 'pgtUrl', 'format'] as const;

export interface ValidationParts {
  validate: ValidateTicket;
  issueProxyTicket: IssueProxyTicket;
}

/** `/validate`, `/serviceValidate`, `/proxyValidate`, `/p3/…` and `/proxy` (CAS protocol §2.4 to §2.9). */
export function addValidationRoutes(router: Router, prefix: string, parts: ValidationParts): void {
  router.get(`${prefix}/validate`, (context: Context) =>
    orInternal(
      context,
      async () => {
        const { values, repeated } = queryParameters(context.querystring, ['service', 'ticket', 'renew']);
        const { service, ticket } = values;
        if (repeated || !service || !ticket) return renderPlain(undefined);
        const renew = isSet(values.renew);
        const verdict = await parts.validate({ ticket, service, renew, allowProxyTickets: false });
        return renderPlain(verdict.valid ? verdict.principal.user : undefined);
      },
      () => renderPlain(undefined),
    ),
  );
  for (const [path, allowProxyTickets] of [
    ['/serviceValidate', false],
    ['/proxyValidate', true],
    ['/p3/serviceValidate', false],
    ['/p3/proxyValidate', true],
  ] as const)
    router.get(`${prefix}${path}`, (context: Context) => {
      const { values, repeated } = queryParameters(context.querystring, NAMES);
      const format = formatOf(values.format);
      const refuse = (reason: CasReason) => renderFailure(format ?? 'XML', casFailure(reason));
      return orInternal(
        context,
        async () => {
          const { service, ticket } = values;
          if (repeated) return refuse('parameter-repeated');
          if (format === undefined) return refuse('format-unknown');
          if (!service || !ticket) return refuse('parameters-missing');
          const verdict = await parts.validate({
            ticket,
            service,
            renew: isSet(values.renew),
            allowProxyTickets,
            callbackUrl: values.pgtUrl === '' ? undefined : values.pgtUrl,
          });
          if (!verdict.valid) return refuse(verdict.reason);
          return renderSuccess(format, verdict.principal, verdict.grantingTicketIou);
        },
        () => refuse('internal'),
      );
    });
  router.get(`${prefix}/proxy`, (context: Context) => {
    const { values, repeated } = queryParameters(context.querystring, ['pgt', 'targetService', 'format']);
    const format = formatOf(values.format);
    const refuse = (reason: CasReason) => renderProxyFailure(format ?? 'XML', casFailure(reason));
    return orInternal(
      context,
      async () => {
        if (repeated) return refuse('parameter-repeated');
        if (format === undefined) return refuse('format-unknown');
        if (!values.pgt || !values.targetService) return refuse('parameters-missing');
        const issued = await parts.issueProxyTicket({
          grantingTicket: values.pgt,
          targetService: values.targetService,
        });
        return 'ticket' in issued ? renderProxySuccess(format, issued.ticket) : refuse(issued.reason);
      },
      () => refuse('internal'),
    );
  });
}

function formatOf(value: string | undefined): CasFormat | undefined {
  const format = (value ?? 'XML').toUpperCase();
  return format === 'XML' || format === 'JSON' ? format : undefined;
}
