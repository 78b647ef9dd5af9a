// The live picture. It comes back by itself: soon after the first failure, then less and less often.

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 8000;

export class Feed {
  #image;
  #attempt = 0;
  #retryMs = FIRST_RETRY_MS;
  #timer = 0;

  constructor(image) {
    this.#image = image;
    image.addEventListener("error", () => this.#failed());
    image.addEventListener("load", () => {
      this.#retryMs = FIRST_RETRY_MS;
      image.classList.remove("gone");
    });
  }

  restart() {
    clearTimeout(this.#timer);
    // A new address each time: browsers do not ask again for an address that they already show.
    this.#attempt += 1;
    this.#image.src = `${this.#image.dataset.src}?attempt=${this.#attempt}`;
  }

  stop() {
    clearTimeout(this.#timer);
    this.#image.removeAttribute("src"); // closes the stream
  }

  #failed() {
    if (!this.#image.hasAttribute("src")) return;
    this.#image.classList.add("gone");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.restart(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}
