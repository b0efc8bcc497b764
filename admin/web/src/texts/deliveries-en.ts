/** How notices leave the house. */
export const deliveriesEn = {
  deliveries: 'Notices sent out',
  'deliveries-explained':
    'The three ways notices leave: mail, browsers, the campus messenger. Counts only: no person and no text',
  'deliveries-kept': 'The figures did not load. Notices are being sent all the same.',
  'deliveries-channel': 'Channel',
  'deliveries-waiting': 'Waiting',
  'deliveries-retrying': 'Tried again',
  'deliveries-sent': 'Sent, 24 hours',
  'deliveries-given-up': 'Given up, 7 days',
  'deliveries-since': 'the oldest was to leave {at}',
  'deliveries-fine': 'In order',
  'deliveries-not-set-up': 'Not set up',
  'deliveries-lost': 'Some were not sent',
  'deliveries-again': 'Send again',
  'deliveries-again-label': '{channel}: send again what was given up',
  'deliveries-again-done':
    '{channel}: {n} queued again. What was read, is not wanted or has no address any more is left out.',
  'deliveries-again-none': '{channel}: nothing to send again. The addresses are gone, or it has been read.',
  'channel-mail': 'Mail',
  'channel-push': 'Browsers',
  'channel-messenger': 'Campus messenger',
};
