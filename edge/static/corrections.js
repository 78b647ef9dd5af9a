// Tells the server what somebody says of a face, shows what came of it, and offers to take it back.

// The server has 5 s to answer; the rest is for the network.
const GIVE_UP_MS = 8000;
// After this time the note goes, unless the keyboard is on it.
const NOTE_MS = 15000;
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
    this.#send({ say: "not", track, name });
  }

  ignore(track) {
    this.#send({ say: "ignore", track });
  }

  // Whether something was said just now.
  get resting() {
    return this.#busy || performance.now() < this.#restUntil;
  }

  async #send(correction) {
    if (this.#busy) return;
    this.#busy = true;
    this.#note("Telling the server…", "", null);
    try {
      const answer = await fetch(this.#url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(correction),
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      const said = await answer.json();
      if (answer.ok) this.#note(said.words, "good", said.said_at);
      else this.#note(said.error, "poor", null);
    } catch {
      this.#note("No answer; it is not known whether this was noted. Try again.", "poor", null);
    } finally {
      this.#busy = false;
      this.#restUntil = performance.now() + REST_MS;
    }
  }

  #note(words, mood, saidAt) {
    const hadFocus = $("note").contains(document.activeElement);
    this.#saidAt = saidAt;
    $("note").className = `verdict ${mood}`;
    $("note").hidden = false;
    $("note-words").textContent = words;
    $("take-back").hidden = saidAt === null;
    if (saidAt !== null) $("take-back").focus({ preventScroll: true });
    else if (hadFocus) $("note").focus({ preventScroll: true });
    this.#hideLater();
  }

  #hideLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#busy || $("note").matches(":focus-visible, :has(:focus-visible)")) this.#hideLater();
      else $("note").hidden = true;
    }, NOTE_MS);
  }
}
