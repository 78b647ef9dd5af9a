/** What a key does on the page of unknown people. */
export type Step =
  | { kind: "move"; by: number }
  | { kind: "suggestion"; index: number }
  | { kind: "name" }
  | { kind: "ignore" }
  | { kind: "later" }
  | { kind: "undo" };

export function keyStep(key: string): Step | null {
  switch (key) {
    case "j":
      return { kind: "move", by: 1 };
    case "k":
      return { kind: "move", by: -1 };
    case "n":
      return { kind: "name" };
    case "x":
      return { kind: "ignore" };
    case "l":
      return { kind: "later" };
    case "u":
      return { kind: "undo" };
    default:
      return /^[1-9]$/.test(key) ? { kind: "suggestion", index: Number(key) - 1 } : null;
  }
}

/** Whether keys are meant for a field that has the focus, or for a dialog. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.closest("input:not([type=checkbox]), textarea, select, dialog") !== null;
}
