import { type Command, need, option, WrongCall } from './command.js';

interface OfferAnswer {
  credential_offer_uri: string;
  credential_offer: unknown;
  tx_code?: string;
  expires_at: string;
}

export const credentialOffer: Command = {
  usage: 'credential offer NUMBER [--configuration ID]',
  valued: ['configuration'],
  async run(context) {
    const configuration = option(context, 'configuration');
    const answer = await context.client.call<OfferAnswer>('issuer', '/v1/credential-offers', {
      body: {
        student_number: need(context, 0, 'NUMBER'),
        tx_code: true,
        ...(configuration === undefined ? {} : { configuration_ids: [configuration] }),
      },
    });
    return {
      data: answer,
      text: `${answer.credential_offer_uri}\ntransaction code, to be told apart from the link: ${answer.tx_code ?? '-'}\nvalid until ${answer.expires_at}`,
    };
  },
};

/** suspend, reinstate, revoke. */
export function credentialChange(verb: 'suspend' | 'reinstate' | 'revoke'): Command {
  return {
    usage: `credential ${verb} NUMBER --reason CODE [--document NUMBER]`,
    valued: ['reason', 'document'],
    async run(context) {
      const reason = option(context, 'reason');
      if (reason === undefined) throw new WrongCall('--reason is missing');
      const document = option(context, 'document');
      const answer = await context.client.call<{ student_number: string; credential_state: string }>(
        'issuer',
        `/v1/students/${encodeURIComponent(need(context, 0, 'NUMBER'))}/${verb}`,
        {
          method: 'POST',
          body: { reason_code: reason, ...(document === undefined ? {} : { document_number: document }) },
        },
      );
      return { data: answer, text: `${answer.student_number} is now ${answer.credential_state}` };
    },
  };
}
