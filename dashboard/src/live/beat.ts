/** Pictures of many cameras come at any time; each would have the whole page put together anew. */
const BEAT_MS = 50;

let next: Promise<void> | null = null;

/** Waits for the next moment at which all tiles that have something new show it. */
export function beat(): Promise<void> {
  next ??= new Promise((show) => {
    const waitMs = BEAT_MS - (performance.now() % BEAT_MS);
    setTimeout(() => {
      next = null;
      show();
    }, waitMs);
  });
  return next;
}
