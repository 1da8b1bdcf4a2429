/** Two soft notes, made on the spot: no file to load, and only after the customer asked for sound. */

let audio;

export function chime() {
  audio ??= new AudioContext();
  audio.resume();
  [659, 880].forEach((pitch, index) => {
    const at = audio.currentTime + index * 0.13;
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.08, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
    const note = new OscillatorNode(audio, { type: "sine", frequency: pitch });
    note.connect(volume).connect(audio.destination);
    note.start(at);
    note.stop(at + 0.55);
  });
}
