import { createSocket } from 'node:dgram';
import { maxMessageBytes } from '../domain/gossip/gossip-message.js';

/** Addresses as `host:port`, comma-separated; a broadcast address of the local network is one too. */
export function parseAddresses(text: string): { host: string; port: number }[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const colon = part.lastIndexOf(':');
      return { host: part.slice(0, colon), port: Number(part.slice(colon + 1)) };
    });
}

/** One UDP socket: packets go out and are forgotten, and a network that is away is no error. */
export function openUdpGossip(options: {
  port: number;
  addresses: readonly { host: string; port: number }[];
  onPacket: (bytes: Uint8Array) => void;
  onFault: (error: Error) => void;
}): { send(bytes: Uint8Array): void; close(): Promise<void> } {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  let open = true;
  socket.on('message', (bytes) => bytes.length <= maxMessageBytes && options.onPacket(new Uint8Array(bytes)));
  socket.on('error', options.onFault);
  socket.bind(options.port, () => socket.setBroadcast(true));
  socket.unref();
  return {
    send(bytes) {
      if (!open) return;
      for (const { host, port } of options.addresses) socket.send(bytes, port, host, () => {});
    },
    close: () =>
      new Promise((resolve) => {
        open = false;
        socket.close(() => resolve());
      }),
  };
}
