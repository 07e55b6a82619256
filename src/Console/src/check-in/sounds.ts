let context: AudioContext | null = null;

/** Browsers play nothing before the user has touched the page. */
export function allowSound() {
  context ??= new AudioContext();
  void context.resume();
}

const tones = { ask: [660], good: [660, 880], bad: [330, 220] } as const;

export function play(what: keyof typeof tones) {
  if (!context) return;
  tones[what].forEach((pitch, i) => {
    const at = context!.currentTime + i * 0.16;
    const [tone, loudness] = [context!.createOscillator(), context!.createGain()];
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.2, at + 0.02);
    loudness.gain.linearRampToValueAtTime(0, at + 0.15);
    tone.connect(loudness).connect(context!.destination);
    tone.start(at);
    tone.stop(at + 0.16);
  });
}

/** Says a text where the device itself has a voice for it: others send it elsewhere. */
export function say(text: string, language: string) {
  if (!("speechSynthesis" in window)) return;
  const voice = speechSynthesis.getVoices().find((v) => v.localService && v.lang.startsWith(language));
  if (!voice) return;
  const spoken = new SpeechSynthesisUtterance(text);
  spoken.voice = voice;
  speechSynthesis.cancel();
  speechSynthesis.speak(spoken);
}
