import { expect, test, vi } from "vitest";

vi.useFakeTimers();
const { isFlung, onceCalm } = await import("../src/ui/fling");

function scroll(top: number, afterMs: number) {
  vi.advanceTimersByTime(afterMs);
  Object.defineProperty(window, "scrollY", { value: top, configurable: true });
  window.dispatchEvent(new Event("scroll"));
}

test("a page that flies past is flung until it is still", () => {
  const seen = vi.fn();
  scroll(0, 1000);
  scroll(120, 16);
  expect(isFlung()).toBe(true);
  onceCalm(seen);
  vi.advanceTimersByTime(119);
  expect(seen).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(seen).toHaveBeenCalledOnce();
  expect(isFlung()).toBe(false);
});

test("who reads while scrolling is not kept waiting", () => {
  const seen = vi.fn();
  scroll(300, 16);
  onceCalm(seen);
  scroll(310, 16);
  expect(seen).toHaveBeenCalledOnce();
});

test("a picture that has gone is not told", () => {
  const seen = vi.fn();
  scroll(900, 16);
  onceCalm(seen)();
  vi.advanceTimersByTime(500);
  expect(seen).not.toHaveBeenCalled();
});
