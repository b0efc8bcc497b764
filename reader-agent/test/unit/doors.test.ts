import type { DoorPolicy } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import { zAgentConfig } from '../../src/config.js';
import { createDoorControl } from '../../src/domain/doors/door-control.js';
import { crc16, osdpCommand, osdpLed, osdpOutput, osdpPacket } from '../../src/domain/doors/osdp.js';
import { relayFrame } from '../../src/domain/doors/relay-board.js';
import { wiegand26, wiegandLine } from '../../src/domain/doors/wiegand26.js';

const hex = (bytes: Iterable<number>) => Buffer.from([...bytes]).toString('hex');
const ascii = (text: string) => Buffer.from(text, 'ascii');

describe('frames of doors', () => {
  it('have the CRC-16 of OSDP [check value of the CRC catalogue, CRC-16/SPI-FUJITSU]', () => {
    expect(crc16(ascii('123456789'))).toBe(0xe5cc);
  });

  it.each([
    [
      'POLL, tests of libosdp',
      osdpPacket({ address: 0x65, sequence: 0, command: osdpCommand.poll }),
      '5365080004606090',
    ],
    [
      'ID, tests of libosdp',
      osdpPacket({ address: 0x65, sequence: 1, command: osdpCommand.id, data: [0] }),
      '536509000561 00e94d',
    ],
    [
      'OUT of two outputs, tests of OSDP.Net',
      osdpPacket({
        address: 0,
        sequence: 2,
        command: osdpCommand.output,
        data: [...osdpOutput(0, 3, 100), ...osdpOutput(1, 6, 120)],
      }),
      '53001000066800036400010678000b5b',
    ],
  ])('are OSDP packets as published [%s]', (_, packet, expected) => {
    expect(hex(packet)).toBe(expected.replace(' ', ''));
  });

  it('carry lights as published [data of osdp_LED, tests of OSDP.Net]', () => {
    const temporary = { mode: 2, on: 1, off: 2, onColour: 6, offColour: 0, tenths: 4 };
    const permanent = { mode: 1, on: 2, off: 6, onColour: 4, offColour: 3 };
    const data = osdpLed({ reader: 2, led: 3, temporary: { ...temporary, mode: 2 }, permanent });
    expect(hex(data)).toBe('0203020102060004000102060403');
  });

  it('are 26 bits of Wiegand as published [D4 1B 81, manual of the Civintec CN56, §6.4.2]', () => {
    expect(wiegand26(0xd4, 0x1b81)).toBe('11101010000011011100000010');
    expect(Buffer.from(wiegandLine('101')).toString()).toBe('101\r\n');
  });

  it.each([
    [0, 0, '00000000000000000000000001'],
    [255, 65_535, '01111111111111111111111111'],
  ])('have even parity in front and odd behind [facility %i, card %i]', (facility, card, bits) => {
    expect(wiegand26(facility, card)).toBe(bits);
  });

  it('switch a relay as its maker says [A0 01 01 A2] [A0 01 00 A1]', () => {
    expect([hex(relayFrame(1, true)), hex(relayFrame(1, false))]).toEqual(['a00101a2', 'a00100a1']);
  });

  it.each<[string, () => unknown]>([
    ['facility 256', () => wiegand26(256, 1)],
    ['card 65536', () => wiegand26(1, 65_536)],
    ['half a card', () => wiegand26(1, 0.5)],
    ['channel 0', () => relayFrame(0, true)],
    ['address 128', () => osdpPacket({ address: 128, sequence: 0, command: 0x60 })],
    ['sequence 4', () => osdpPacket({ address: 1, sequence: 4, command: 0x60 })],
  ])('are not made of what does not exist [%s]', (_, make) => {
    expect(make).toThrow(RangeError);
  });
});

describe('what a Wiegand controller knows', () => {
  const read = (door: string) =>
    zAgentConfig.safeParse({
      ...{
        LANYARD_PORT: '8086',
        LANYARD_STORE: '/s',
        LANYARD_KEY_FILE: '/k',
        LANYARD_VERIFIER_URL: 'http://localhost',
      },
      LANYARD_DOOR_WIEGAND: door,
    }).success;
  it.each([
    ['255:65535', true],
    ['256:1', false],
    ['1:65536', false],
    ['1', false],
  ])('is looked at when the agent starts, not when the door should open [%s]', (door, fits) => {
    expect(read(door)).toBe(fits);
  });
});

function setUp(policy: Partial<DoorPolicy> = {}) {
  const clock = { ms: 1_000_000 };
  const sent: string[] = [];
  const state = { held: false };
  const door = createDoorControl({
    policy: () => ({ output: 'relay-serial', fail: 'secure', open_seconds: 5, ...policy }),
    heldOpen: () => state.held,
    wiring: { osdpAddress: 1, channel: 1, wiegand: { facility: 1, card: 1 } },
    send: (bytes) => sent.push(hex(bytes)),
    nowMs: () => clock.ms,
  });
  const last = () => {
    door.tick();
    return sent.at(-1);
  };
  return { door, clock, sent, state, last };
}
const on = 'a00101a2';
const off = 'a00100a1';

describe('a door', () => {
  it('opens under power for its time and is shut afterwards [fail-secure]', () => {
    const { door, clock, sent, last } = setUp();
    door.open();
    expect([sent, door.state]).toEqual([[on], 'open']);
    clock.ms += 4_999;
    expect(last()).toBe(on);
    clock.ms += 1;
    expect([last(), door.state]).toEqual([off, 'shut']);
  });

  it('is held shut by power, so that a dead machine lets people out [fail-safe]', () => {
    const { door, clock, sent, last } = setUp({ fail: 'safe' });
    expect(last()).toBe(on);
    door.open();
    expect(sent.at(-1)).toBe(off);
    clock.ms += 5_000;
    expect(last()).toBe(on);
    door.rest();
    expect(sent.at(-1)).toBe(off);
  });

  it('stays shut or is let go while nothing can be recorded [secure] [safe] [well again]', () => {
    const secure = setUp();
    secure.door.setHealthy(false);
    expect([secure.door.state, secure.last()]).toEqual(['shut', off]);
    const safe = setUp({ fail: 'safe' });
    safe.door.setHealthy(false);
    expect([safe.door.state, safe.last()]).toEqual(['open', off]);
    safe.door.setHealthy(true);
    expect(safe.door.state).toBe('shut');
  });

  it('is held open for an emergency and shut by itself when it is over', () => {
    const { door, state, last } = setUp();
    state.held = true;
    expect([last(), door.state]).toEqual([on, 'open']);
    state.held = false;
    expect([last(), door.state]).toEqual([off, 'shut']);
  });

  it('is not held open by a clock that went back', () => {
    const { door, clock } = setUp();
    door.open();
    clock.ms -= 60_000;
    expect(door.state).toBe('shut');
  });

  it('has a timed output on OSDP, which ends by itself when the agent falls silent', () => {
    const { door, sent } = setUp({ output: 'osdp' });
    door.open();
    door.tick();
    expect(sent.map((packet) => packet.slice(8, 20))).toEqual(['046800051e00', '056800051e00']);
    door.rest();
    expect(sent.at(-1)!.slice(10, 20)).toBe('6800010000');
  });

  it('gets one frame per opening on Wiegand and none in between', () => {
    const { door, sent } = setUp({ output: 'wiegand26' });
    door.tick();
    door.open();
    door.tick();
    expect(sent).toHaveLength(1);
  });
});
