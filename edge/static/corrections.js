// Tells the server what somebody says of a face, shows what came of it, and offers to take it back.

// The server has 5 s to answer; the rest is for the network.
const GIVE_UP_MS = 8000;
// After this time the note goes, unless the keyboard is on it.
const NOTE_MS = 15000;
const LONG_NOTE_MS = 60000;
// Another button takes the place of the one that was pressed: a second tap must not hit it.
const REST_MS = 1500;

const $ = (id) => document.getElementById(id);

export class Corrections {
  #url;
  #busy = false;
  #restUntil = 0;
  #saidAt = null;
  #timer = 0;

  constructor(url) {
    this.#url = url;
    $("take-back").addEventListener("click", () => this.#send({ say: "take_back", said_at: this.#saidAt }));
  }

  notThem(track, name) {
    if (!this.resting) this.#send({ say: "not", track, name });
  }

  ignore(track) {
    if (!this.resting) this.#send({ say: "ignore", track });
  }

  // Whether something was said just now.
  get resting() {
    return this.#busy || performance.now() < this.#restUntil;
  }

  async #send(correction) {
    if (this.#busy) return;
    this.#busy = true;
    this.#note({ words: "Telling the server…" });
    try {
      const answer = await fetch(this.#url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(correction),
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      const said = await answer.json();
      if (answer.ok) this.#note({ ...said, mood: "good" });
      else this.#note({ words: said.error, mood: "poor" });
    } catch {
      this.#note({ words: "No answer; it is not known whether this was noted. Try again.", mood: "poor" });
    } finally {
      this.#busy = false;
      this.#restUntil = performance.now() + REST_MS;
    }
  }

  #note({ words, advice = "", mood = "", said_at: saidAt = null }) {
    this.#saidAt = saidAt;
    $("note").className = `verdict ${mood}`;
    $("note").hidden = false;
    $("note-words").textContent = words;
    $("note-advice").textContent = advice;
    $("note-advice").hidden = advice === "";
    $("take-back").hidden = saidAt === null;
    this.#focus(saidAt === null ? $("note") : $("take-back"));
    this.#hideLater(advice ? LONG_NOTE_MS : NOTE_MS);
  }

  // The button that was pressed is hidden now, and with it would go the keyboard's place on the page;
  // a focus that has moved elsewhere is left there.
  #focus(element) {
    const at = document.activeElement;
    const here = at === document.body || $("faces").contains(at) || $("note").contains(at);
    if (here) element.focus({ preventScroll: true });
  }

  #hideLater(afterMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#busy || $("note").matches(":focus-visible, :has(:focus-visible)")) this.#hideLater(afterMs);
      else $("note").hidden = true;
    }, afterMs);
  }
}
