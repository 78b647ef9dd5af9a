// Asks for the status and says what it means: the banner, the status line and, by `faces`, who is in view.

const ASK_EVERY_MS = 250;
const GIVE_UP_MS = 1500;

const $ = (id) => document.getElementById(id);

export class Status {
  #faces;
  #challenge;
  #onReturn;
  #running = false;
  #timer = 0;
  #run = null;
  #lost = false;

  // onReturn is called when the machine is back after it was lost, or was restarted.
  constructor({ faces, challenge, onReturn }) {
    this.#faces = faces;
    this.#challenge = challenge;
    this.#onReturn = onReturn;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#ask();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  async #ask() {
    const asked = performance.now();
    try {
      const answer = await fetch("status", { signal: AbortSignal.timeout(GIVE_UP_MS), cache: "no-store" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.#show(await answer.json());
    } catch {
      if (this.#running) this.#showLost();
    }
    if (!this.#running) return;
    const rest = ASK_EVERY_MS - (performance.now() - asked);
    this.#timer = setTimeout(() => this.#ask(), Math.max(rest, 50));
  }

  #show(status) {
    const restarted = this.#run !== null && this.#run !== status.run;
    if (this.#lost || restarted) this.#onReturn();
    this.#lost = false;
    this.#run = status.run;
    banner(words(status));
    text("fps", status.view.fps.toFixed(1));
    text("server", status.server.online ? "online" : "offline", status.server.online ? "good" : "bad");
    $("server").title = status.server.words;
    const trip = status.server.round_trip_ms;
    text("round-trip", status.server.online && trip !== null ? `${Math.round(trip)} ms` : "–");
    text("dropped", String(status.server.frames_dropped));
    this.#faces.show(status.faces, status.server.online);
    this.#challenge.show(status.challenge);
    showPhotos(status.photos);
  }

  #showLost() {
    this.#lost = true;
    banner("The camera's own machine cannot be reached. Trying again…");
    text("server", "–");
    for (const id of ["fps", "round-trip", "dropped"]) text(id, "–");
    this.#faces.clear();
    this.#challenge.show(null);
  }
}

function words(status) {
  if (!status.camera.ok) return status.camera.words;
  if (!status.server.online) return "Recognition offline — showing the plain picture";
  if (!status.view.recognising) return "Recognition is too slow — showing the plain picture";
  return "";
}

function banner(message) {
  const place = $("banner");
  if (place.textContent !== message) place.textContent = message;
  place.hidden = message === "";
}

function text(id, value, mood = "") {
  const place = $(id);
  if (place.textContent !== value) place.textContent = value;
  place.className = mood;
}

function showPhotos(photos) {
  const parts = [];
  if (photos.waiting) parts.push(`${count(photos.waiting)} not checked yet.`);
  if (photos.poor) parts.push(`${count(photos.poor)} found poor; see the files that end in .unchecked.jpg.`);
  if (photos.words) parts.push(photos.words);
  $("photos").textContent = parts.join(" ");
  $("photos").hidden = parts.length === 0;
}

function count(photographs) {
  return photographs === 1 ? "1 photograph" : `${photographs} photographs`;
}
