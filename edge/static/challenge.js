// What whoever is before the camera is asked to do: words, a picture, how far they are, the time left.

const $ = (id) => document.getElementById(id);
const PICTURES = new Set(["turn_left", "turn_right", "blink", "come_closer"]);

export class ChallengePanel {
  #url;
  #ended = null;
  #onEnd = null;

  constructor(panel) {
    this.#url = panel.dataset.url;
  }

  // Asks for a challenge; onEnd is called once with true where it was passed.
  async ask(onEnd) {
    this.#onEnd = onEnd;
    await fetch(this.#url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
  }

  // challenge: as the status has it; null where nobody is asked.
  show(challenge) {
    $("challenge").hidden = challenge === null;
    if (challenge === null) return;
    $("challenge").className = `challenge ${challenge.state}`;
    const words = $("challenge-words");
    if (words.textContent !== challenge.words) words.textContent = challenge.words;
    const picture = $("challenge-picture");
    picture.hidden = !PICTURES.has(challenge.task);
    const source = `static/${challenge.task}.svg`;
    if (!picture.hidden && picture.getAttribute("src") !== source) picture.setAttribute("src", source);
    $("challenge-steps").replaceChildren(...steps(challenge));
    $("challenge-left").hidden = challenge.state !== "waiting";
    $("challenge-left").value = challenge.left_s;
    if (challenge.state !== "waiting") this.#end(challenge);
  }

  #end(challenge) {
    if (this.#ended === challenge.number) return;
    this.#ended = challenge.number;
    const onEnd = this.#onEnd;
    this.#onEnd = null;
    onEnd?.(challenge.state === "passed");
  }
}

function steps(challenge) {
  return Array.from({ length: challenge.of }, (_, number) => {
    const step = document.createElement("li");
    step.className = number < challenge.done ? "done" : "";
    return step;
  });
}
