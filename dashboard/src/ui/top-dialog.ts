import { useSyncExternalStore } from "react";

/**
 * The modal dialog that lies uppermost. Whatever is not inside of it can neither be seen well nor be
 * clicked, so that what is told meanwhile is told there.
 */
let dialogs: readonly HTMLDialogElement[] = [];
const listeners = new Set<() => void>();

/** Puts a dialog that has been opened above the others, until the function that is returned is called. */
export function rise(dialog: HTMLDialogElement): () => void {
  become([...dialogs, dialog]);
  return () => become(dialogs.filter((other) => other !== dialog));
}

export function useTopDialog(): HTMLDialogElement | null {
  return useSyncExternalStore(subscribe, () => dialogs.at(-1) ?? null);
}

function become(next: readonly HTMLDialogElement[]): void {
  dialogs = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
