/** Codes of a refusal. CAS protocol §2.5.3 and §2.7.3. */
export type CasCode =
  | 'INVALID_REQUEST'
  | 'INVALID_TICKET_SPEC'
  | 'UNAUTHORIZED_SERVICE_PROXY'
  | 'INVALID_PROXY_CALLBACK'
  | 'INVALID_TICKET'
  | 'INVALID_SERVICE'
  | 'INTERNAL_ERROR';

/** A refusal as it is told to the client; the text holds nothing the client sent, so no markup of his comes back. */
export interface CasFailure {
  code: CasCode;
  description: string;
}

export type CasReason =
  | 'parameters-missing'
  | 'parameter-repeated'
  | 'format-unknown'
  | 'request-malformed'
  | 'ticket-form'
  | 'ticket-unknown'
  | 'ticket-expired'
  | 'ticket-not-fresh'
  | 'proxy-ticket-here'
  | 'service-differs'
  | 'session-ended'
  | 'account-may-not-enter'
  | 'proxy-not-allowed'
  | 'callback-not-allowed'
  | 'callback-failed'
  | 'granting-ticket-unknown'
  | 'target-not-allowed'
  | 'internal';

const FAILURES: Record<CasReason, CasFailure> = {
  'parameters-missing': { code: 'INVALID_REQUEST', description: 'A required parameter is missing.' },
  'parameter-repeated': { code: 'INVALID_REQUEST', description: 'A parameter was sent twice.' },
  'format-unknown': { code: 'INVALID_REQUEST', description: 'The format is XML or JSON.' },
  'request-malformed': { code: 'INVALID_REQUEST', description: 'The request is not a SAML 1.1 request in SOAP 1.1.' },
  'ticket-form': { code: 'INVALID_TICKET', description: 'That is not a ticket of this server.' },
  'ticket-unknown': { code: 'INVALID_TICKET', description: 'The ticket is not known, or it was used before.' },
  'ticket-expired': { code: 'INVALID_TICKET', description: 'The ticket has expired.' },
  'ticket-not-fresh': { code: 'INVALID_TICKET', description: 'renew: the ticket is not from a fresh sign-in.' },
  'proxy-ticket-here': { code: 'INVALID_TICKET_SPEC', description: 'A proxy ticket is validated at proxyValidate.' },
  'service-differs': { code: 'INVALID_SERVICE', description: 'The ticket was issued for another service.' },
  'session-ended': { code: 'INVALID_TICKET', description: 'The session of the ticket has ended.' },
  'account-may-not-enter': { code: 'INVALID_TICKET', description: 'The person may not enter this service.' },
  'proxy-not-allowed': { code: 'UNAUTHORIZED_SERVICE_PROXY', description: 'The service may not act as a proxy.' },
  'callback-not-allowed': {
    code: 'INVALID_PROXY_CALLBACK',
    description: 'The callback is not registered, or it is not https.',
  },
  'callback-failed': { code: 'INVALID_PROXY_CALLBACK', description: 'The callback did not answer as it should.' },
  'granting-ticket-unknown': {
    code: 'INVALID_TICKET',
    description: 'The granting ticket is not known or has expired.',
  },
  'target-not-allowed': {
    code: 'UNAUTHORIZED_SERVICE_PROXY',
    description: 'The proxy may not reach the target service for this person.',
  },
  internal: { code: 'INTERNAL_ERROR', description: 'An internal fault. Try again later.' },
};

export function casFailure(reason: CasReason): CasFailure {
  return FAILURES[reason];
}
