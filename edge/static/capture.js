// The capture form: takes a photograph and shows in words what became of it.

// The server has 5 s to judge a photograph; the rest is for a slow disk.
const GIVE_UP_MS = 15000;
// The server wants proof first that the person is there: the photograph is taken after it.
const UNPROVED = "unproved";

const $ = (id) => document.getElementById(id);

export class CaptureForm {
  #form;
  #challenge;
  #held = null;

  constructor(form, challenge) {
    this.#form = form;
    this.#challenge = challenge;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#take();
    });
    $("again").addEventListener("click", () => this.#take());
    $("keep").addEventListener("click", () => this.#send(`${form.dataset.url}/${this.#held}/keep`, {}));
  }

  #take() {
    if (this.#form.reportValidity()) this.#send(this.#form.dataset.url, { name: $("name").value });
  }

  async #send(url, body) {
    this.#busy(true);
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      const said = await answer.json();
      if (answer.ok) this.#show(said);
      else this.#show({ outcome: "failed", words: said.error, reasons: [] });
    } catch {
      this.#show({ outcome: "failed", words: "No answer; nothing is known to be saved. Try again.", reasons: [] });
    } finally {
      this.#busy(false);
    }
  }

  #show(shot) {
    this.#held = shot.id ?? null;
    $("verdict").className = `verdict ${{ saved: "good", poor: "poor", failed: "poor" }[shot.outcome] ?? ""}`;
    $("verdict").hidden = false;
    $("verdict-words").textContent = shot.words;
    $("verdict-reasons").replaceChildren(
      ...shot.reasons.map((reason) => {
        const item = document.createElement("li");
        item.textContent = reason.words;
        return item;
      }),
    );
    $("verdict-choice").hidden = this.#held === null;
    if (this.#held !== null) $("again").focus();
    if (shot.reasons.some((reason) => reason.code === UNPROVED)) {
      this.#challenge.ask((passed) => passed && this.#take());
    }
  }

  #busy(busy) {
    for (const id of ["take", "again", "keep"]) $(id).disabled = busy;
    this.#form.setAttribute("aria-busy", String(busy));
  }
}
