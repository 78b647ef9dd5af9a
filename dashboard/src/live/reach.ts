/**
 * Whether the server can be reached. Who meets a closed connection says so by `doubt`; then the
 * server is asked until it answers, and what waits for it is told.
 */
import { useSyncExternalStore } from "react";
import { address } from "../api/base";

const PAUSE_MS = 700;
const PATIENCE_MS = 3000;

type Ask = () => Promise<boolean>;
type Wait = (ms: number) => Promise<void>;

export class Reach {
  private reachable = true;
  private asking = false;
  private readonly changed = new Set<() => void>();
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly ask: Ask,
    private readonly wait: Wait,
  ) {}

  isReachable = (): boolean => this.reachable;

  /** Calls after every change, until the function that is returned is called. */
  subscribe = (listener: () => void): (() => void) => {
    this.changed.add(listener);
    return () => this.changed.delete(listener);
  };

  /** Calls each time that the server is back. */
  onBack(listener: () => void): () => void {
    this.waiting.add(listener);
    return () => this.waiting.delete(listener);
  }

  /** A connection was closed, or an answer did not come: is the server there? */
  async doubt(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    while (!(await this.ask())) {
      this.become(false);
      await this.wait(PAUSE_MS);
    }
    this.asking = false;
    if (this.reachable) return;
    this.become(true);
    for (const listener of this.waiting) listener();
  }

  private become(reachable: boolean): void {
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    for (const listener of this.changed) listener();
  }
}

async function answers(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    // a proxy answers in place of a server that is gone, by 502 or 504
    return (await fetch(address("healthz"), { cache: "no-store", signal })).ok;
  } catch {
    return false;
  }
}

export const reach = new Reach(answers, (ms) => new Promise((wake) => setTimeout(wake, ms)));

export function useReachable(): boolean {
  return useSyncExternalStore(reach.subscribe, reach.isReachable);
}
