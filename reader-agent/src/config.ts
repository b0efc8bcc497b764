import { z } from 'zod';
import { bindingNames } from './adapters/readers/pcsc-binding.js';

/** Configuration of an agent, from the environment the launcher gives (docs/services.md). */
export const zAgentConfig = z
  .object({
    LANYARD_PORT: z.coerce.number().int().min(1).max(65_535).describe('Port on the loopback'),
    LANYARD_STORE: z.string().min(1).describe('Folder of sealed files, package, journal and portraits'),
    LANYARD_KEY_FILE: z.string().min(1).describe('Key file that opens the sealed files, mode 0600'),
    LANYARD_VERIFIER_URL: z.url().describe('The verifier this agent belongs to'),
    LANYARD_ENROLMENT_CODE: z.string().default('').describe('One-time code, needed on the first start only'),
    LANYARD_SCANNER: z.string().default('').describe('Path of a serial scanner; may be missing'),
    LANYARD_SCANNER_BAUD: z.coerce.number().int().min(300).max(921_600).default(9600).describe('Baud rate, 8N1'),
    LANYARD_READERS: z
      .string()
      .default('')
      .describe('Card readers: `all`, or beginnings of their names with commas between; empty for none'),
    LANYARD_READER_BINDING: z.enum(bindingNames).default('smartcard').describe('Package that speaks PC/SC'),
    LANYARD_PUBLIC_URL_VERIFIER: z
      .union([z.literal(''), z.url()])
      .default('')
      .describe('Origin of the addresses on campus cards; that of LANYARD_VERIFIER_URL where it is empty'),
    LANYARD_CARD_DESK: z
      .enum(['', '1'])
      .default('')
      .describe('1: cards on this reader are written for the operator and decide nothing'),
    LANYARD_CALLERS: z
      .string()
      .default('')
      .describe('Folder in which the console of this machine leaves its public key; empty: no console'),
    LANYARD_DOOR: z.string().default('').describe('Path of the serial device a door hangs on; may be missing'),
    LANYARD_DOOR_BAUD: z.coerce.number().int().min(300).max(921_600).default(9600).describe('Baud rate of it, 8N1'),
    LANYARD_DOOR_CHANNEL: z.coerce.number().int().min(1).max(16).default(1).describe('Relay or output, from 1'),
    LANYARD_DOOR_ADDRESS: z.coerce.number().int().min(0).max(126).default(0).describe('Address on an OSDP line'),
    LANYARD_DOOR_WIEGAND: z
      .string()
      .regex(/^\d{1,3}:\d{1,5}$/)
      .refine((text) => {
        const [facility = 0, card = 0] = text.split(':').map(Number);
        return facility <= 0xff && card <= 0xffff;
      }, 'a facility of 8 bits and a card number of 16')
      .default('1:1')
      .describe('Facility and card number that a Wiegand controller opens for'),
    LANYARD_GOSSIP_PORT: z.coerce
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(0)
      .describe('UDP port for gates of the zone; 0: none'),
    LANYARD_GOSSIP_TO: z.string().default('').describe('Where to tell them, host:port, comma-separated; broadcast too'),
    LANYARD_SETTINGS_PINNED: z
      .string()
      .default('')
      .describe('Names of settings the machine keeps for itself, comma-separated: those from afar do not change them'),
    LANYARD_VERIFIER_TLS: z
      .enum(['auto', 'off'])
      .default('auto')
      .describe('auto: call the verifier’s listener for agents as soon as there is a client certificate'),
    LANYARD_VERIFIER_TLS_URL: z
      .union([z.literal(''), z.url({ protocol: /^https$/ })])
      .default('')
      .describe('That listener, where it is not on the verifier’s host; needed with a bundle'),
    LANYARD_VERIFIER_TLS_BUNDLE: z.string().default('').describe('PKCS#12 file of `./lanyard agent bundle`'),
    LANYARD_VERIFIER_TLS_BUNDLE_PASSPHRASE_FILE: z.string().default('').describe('File with its passphrase, mode 0600'),
    LANYARD_VERIFIER_TLS_CA: z
      .string()
      .default('')
      .describe('PEM file of a CA the listener’s certificate may come from, beside the fleet’s own'),
    LANYARD_OPERATOR_TOKEN_DIGEST_FILE: z
      .string()
      .default('')
      .describe('File with the hex SHA-256 of the operator token; may be missing'),
  })
  .refine((config) => config.LANYARD_VERIFIER_TLS_BUNDLE === '' || config.LANYARD_VERIFIER_TLS_URL !== '', {
    message: 'is needed with LANYARD_VERIFIER_TLS_BUNDLE',
    path: ['LANYARD_VERIFIER_TLS_URL'],
  });
export type AgentConfig = z.output<typeof zAgentConfig>;
