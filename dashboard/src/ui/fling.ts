/** Whether the page flies past faster than anybody looks at pictures. */
const FAST_PX_PER_MS = 2;
const STILL_MS = 120;

let fast = false;
let last = { atMs: 0, top: 0 };
let timer: ReturnType<typeof setTimeout> | undefined;
const waiting = new Set<() => void>();

function calm(): void {
  fast = false;
  for (const go of waiting) go();
  waiting.clear();
}

function scrolled(): void {
  const now = { atMs: performance.now(), top: window.scrollY };
  const speed = Math.abs(now.top - last.top) / Math.max(1, now.atMs - last.atMs);
  last = now;
  clearTimeout(timer);
  fast = speed > FAST_PX_PER_MS;
  if (fast) timer = setTimeout(calm, STILL_MS);
  else calm();
}

window.addEventListener("scroll", scrolled, { passive: true });

export function isFlung(): boolean {
  return fast;
}

/** Calls once the page is slow again, unless the function that is returned is called before. */
export function onceCalm(go: () => void): () => void {
  waiting.add(go);
  return () => waiting.delete(go);
}
