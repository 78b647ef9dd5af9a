// Who is in view: a row for each face, with the button that corrects what is said of it.

// So many strangers have a row each; of more nobody could tell which row is whom.
const MOST_STRANGERS = 3;
// A row whose button is being used stays so long after its face has left.
const LINGER_MS = 3000;

const $ = (id) => document.getElementById(id);

export class Faces {
  #corrections;
  #rows = new Map();

  constructor(corrections) {
    this.#corrections = corrections;
  }

  show(faces, online) {
    const wanted = entries(faces);
    const keys = new Set(wanted.map((entry) => entry.key));
    for (const [key, row] of this.#rows) {
      if (!keys.has(key) && row.mayGo(online)) {
        row.element.remove();
        this.#rows.delete(key);
      }
    }
    for (const [place, entry] of wanted.entries()) {
      const row = this.#rows.get(entry.key) ?? new Row();
      this.#rows.set(entry.key, row);
      row.show(entry, this.#corrections);
      // Rows are moved only when they must be: a row that moves loses its focus.
      const there = $("faces").children[place];
      if (there !== row.element) $("faces").insertBefore(row.element, there ?? null);
    }
    $("nobody").hidden = this.#rows.size > 0;
    $("nobody").textContent = online ? "Nobody" : "Not known while recognition is offline";
    // A line of its own for screen readers: in the list they would read out every button.
    const spoken = wanted.map((entry) => entry.words).join(", ") || $("nobody").textContent;
    if ($("spoken").textContent !== spoken) $("spoken").textContent = spoken;
  }

  clear() {
    this.#rows.clear();
    $("faces").replaceChildren();
    $("nobody").hidden = false;
    $("nobody").textContent = "–";
    $("spoken").textContent = "";
  }
}

class Row {
  element = document.createElement("li");
  #who = document.createElement("span");
  #button = document.createElement("button");
  #act = null;
  #goneAt = null;

  constructor() {
    this.#who.className = "who";
    this.#button.type = "button";
    this.#button.className = "aside";
    this.#button.addEventListener("click", () => this.#act?.());
    this.element.append(this.#who, this.#button);
  }

  show(entry, corrections) {
    this.#goneAt = null;
    if (this.element.className !== entry.state) this.element.className = entry.state;
    if (this.#who.textContent !== entry.words) this.#who.textContent = entry.words;
    const button = corrections.resting ? null : buttonOf(entry, corrections);
    this.#act = button?.act ?? null;
    this.#button.hidden = button === null;
    if (button && this.#button.textContent !== button.words) this.#button.textContent = button.words;
    if (button) this.#button.setAttribute("aria-label", button.label);
  }

  mayGo(online) {
    this.#goneAt ??= performance.now();
    const used = this.element.matches(":active, :focus-within");
    return !online || !used || performance.now() - this.#goneAt > LINGER_MS;
  }
}

function buttonOf(entry, corrections) {
  const { track, name, state } = entry;
  if (track === null) return null;
  if (state === "known") {
    const words = `Not ${short(name)}?`;
    return { words, label: `${words} This is not ${name}.`, act: () => corrections.notThem(track, name) };
  }
  if (state === "unknown") {
    return { words: "Ignore", label: `Ignore: ${entry.words}`, act: () => corrections.ignore(track) };
  }
  return null;
}

// The first word of a name, unless it is a title or an initial: the whole name stands beside it.
function short(name) {
  const first = name.split(" ")[0];
  return first.length < 3 || first.endsWith(".") ? name : first;
}

// What is shown of the faces, in order: people by name, strangers from the left.
function entries(faces) {
  const isStranger = (face) => face.state === "unknown" && !face.ignored;
  const shown = faces.filter((face) => !isStranger(face)).map((face, place) => entry(face, label(face), place));
  const strangers = faces.filter(isStranger).sort((a, b) => a.box[0] - b.box[0]);
  if (strangers.length > MOST_STRANGERS) {
    const words = `${strangers.length} unknown`;
    return [...shown, { key: "crowd", state: "unknown", words, track: null, name: null }];
  }
  const places = [[], [""], [" (left)", " (right)"], [" (left)", " (middle)", " (right)"]][strangers.length];
  return [...shown, ...strangers.map((face, place) => entry(face, `Unknown${places[place]}`, place))];
}

function entry(face, words, place) {
  const state = face.ignored ? "ignored" : face.state;
  return { key: face.track ?? `${state} ${place}`, state, words, track: face.track, name: face.name };
}

function label(face) {
  const doubt = face.liveness === "spoof" ? " · picture?" : "";
  return `${who(face)}${doubt}`;
}

function who(face) {
  if (face.ignored) return "Ignored";
  if (face.state === "unsure") return face.name ? `${face.name}?` : "Unsure";
  return face.name;
}
