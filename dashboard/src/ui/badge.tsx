import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { useWords } from "../words";

/** Colours and lines as in the picture (overlay/frames.py): never by colour alone. */
const STATES = {
  known: "border-solid text-good",
  unknown: "border-dashed text-unknown",
  unsure: "border-dotted text-unsure",
} as const;

type SightingState = keyof typeof STATES;

export function isState(state: string): state is SightingState {
  return state in STATES;
}

/** A name, or what there is in place of one, with the line of its state. */
export function NameBadge({ state, children }: { state: string; children: ReactNode }) {
  return (
    <span
      dir="auto"
      className={`inline-block max-w-full truncate rounded-full border-2 px-3 py-0.5 font-semibold ${isState(state) ? STATES[state] : "border-solid text-quiet"}`}
    >
      {children}
    </span>
  );
}

type Condition = Schemas["CameraOut"]["condition"];
const CONDITIONS: Record<Condition, string> = {
  online: "text-good",
  silent: "text-warn",
  offline: "text-warn",
  disabled: "text-quiet",
  removed: "text-quiet",
};

export function ConditionBadge({ condition }: { condition: Condition }) {
  const words = useWords();
  return (
    <span className={`inline-flex items-center gap-2 font-semibold ${CONDITIONS[condition]}`}>
      <span
        aria-hidden
        className={`size-2.5 rounded-full border-2 border-current ${condition === "online" ? "bg-current" : ""}`}
      />
      {words.condition[condition]}
    </span>
  );
}
