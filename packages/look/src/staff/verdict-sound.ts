export type VerdictName = 'accepted' | 'rejected' | 'cannot-decide';

/** How a verdict sounds and shakes (look.md section 9); times in milliseconds. */
export const VERDICT_TONES = {
  accepted: { times: 1, hertz: 880, ms: 120, gapMs: 0, shake: [60] },
  rejected: { times: 2, hertz: 220, ms: 220, gapMs: 90, shake: [220, 90, 220] },
  'cannot-decide': { times: 3, hertz: 440, ms: 110, gapMs: 90, shake: [110, 90, 110, 90, 110] },
} as const satisfies Record<VerdictName, object>;

/** Plays verdicts. Browsers stay silent until somebody touches the page; `onReady` says when that has happened. */
export function createVerdictSound(onReady: () => void): (verdict: VerdictName) => void {
  let audio: AudioContext | undefined;
  const enable = () => {
    audio ??= new AudioContext();
    void audio.resume().then(onReady);
  };
  for (const event of ['pointerdown', 'keydown']) addEventListener(event, enable, { once: true });
  return (verdict) => {
    const tone = VERDICT_TONES[verdict];
    navigator.vibrate?.([...tone.shake]);
    if (audio?.state !== 'running') return;
    for (let index = 0; index < tone.times; index += 1) {
      const oscillator = audio.createOscillator();
      const start = audio.currentTime + (index * (tone.ms + tone.gapMs)) / 1000;
      oscillator.frequency.value = tone.hertz;
      oscillator.connect(audio.destination);
      oscillator.start(start);
      oscillator.stop(start + tone.ms / 1000);
    }
  };
}
