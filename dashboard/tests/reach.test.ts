import { expect, test } from "vitest";
import { Reach } from "../src/live/reach";

test("a server that goes is asked until it answers, and who waits is told once", async () => {
  const answers = [false, false, true];
  const pauses: number[] = [];
  const seen: boolean[] = [];
  let back = 0;
  const reach = new Reach(
    async () => answers.shift() ?? true,
    async (ms) => {
      pauses.push(ms);
    },
  );
  reach.subscribe(() => seen.push(reach.isReachable()));
  reach.onBack(() => back++);
  await Promise.all([reach.doubt(), reach.doubt()]);
  expect(seen).toEqual([false, true]);
  expect(pauses).toHaveLength(2);
  expect(Math.max(...pauses)).toBeLessThan(2000); // live again within two seconds
  expect(back).toBe(1);
});

test("a connection that was closed by a server that answers is nothing to tell of", async () => {
  const seen: boolean[] = [];
  const reach = new Reach(
    async () => true,
    async () => undefined,
  );
  reach.subscribe(() => seen.push(reach.isReachable()));
  await reach.doubt();
  expect(seen).toEqual([]);
});
