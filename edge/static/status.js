// Asks /status and says what it means: the banner, the status line and who is in view.

const ASK_EVERY_MS = 250;
const GIVE_UP_MS = 1500;

const $ = (id) => document.getElementById(id);

export class Status {
  #onReturn;
  #running = false;
  #timer = 0;
  #run = null;
  #lost = false;
  #faces = "";

  // onReturn is called when the machine is back after it was lost, or was started anew.
  constructor({ onReturn }) {
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
      const answer = await fetch("/status", { signal: AbortSignal.timeout(GIVE_UP_MS), cache: "no-store" });
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
    const anew = this.#run !== null && this.#run !== status.run;
    if (this.#lost || anew) this.#onReturn();
    this.#lost = false;
    this.#run = status.run;
    banner(words(status));
    text("fps", status.view.fps.toFixed(1));
    text("server", status.server.online ? "online" : "offline", status.server.online ? "good" : "bad");
    $("server").title = status.server.words;
    const trip = status.server.round_trip_ms;
    text("round-trip", status.server.online && trip !== null ? `${Math.round(trip)} ms` : "–");
    text("dropped", String(status.server.frames_dropped));
    this.#showFaces(status);
    showPhotos(status.photos);
  }

  #showFaces(status) {
    // Changed only when it says something new, or a screen reader would never stop talking.
    const shown = chips(status.faces);
    const key = JSON.stringify([status.server.online, shown.map((item) => item.className + item.textContent)]);
    if (key === this.#faces) return;
    this.#faces = key;
    $("faces").replaceChildren(...shown);
    $("nobody").hidden = status.faces.length > 0;
    $("nobody").textContent = status.server.online ? "Nobody" : "Not known while recognition is offline";
  }

  #showLost() {
    this.#lost = true;
    banner("The camera's own machine cannot be reached. Trying again…");
    text("server", "–");
    for (const id of ["fps", "round-trip", "dropped"]) text(id, "–");
    this.#faces = "";
    $("faces").replaceChildren();
    $("nobody").hidden = false;
    $("nobody").textContent = "–";
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

// One chip for each person, one for all strangers together.
function chips(faces) {
  const strangers = faces.filter((face) => face.state === "unknown").length;
  const people = faces.filter((face) => face.state !== "unknown").map((face) => chip(face.state, label(face)));
  if (strangers) people.push(chip("unknown", strangers === 1 ? "Unknown" : `${strangers} unknown`));
  return people;
}

function label(face) {
  if (face.state === "unsure") return face.name ? `${face.name}?` : "Unsure";
  return face.name;
}

function chip(state, words) {
  const item = document.createElement("li");
  item.className = state;
  item.textContent = words;
  return item;
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
