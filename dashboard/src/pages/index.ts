import { type ComponentType, lazy } from "react";
import type { Place } from "../route";

export interface PageProps {
  place: Place;
}

export type PageName =
  | "now"
  | "people"
  | "unknown"
  | "sightings"
  | "alerts"
  | "search"
  | "map"
  | "cameras"
  | "system"
  | "welcome";

/** The pages, each a part of its own that is loaded when it is opened first. */
const PARTS: Record<PageName, () => Promise<{ default: ComponentType<PageProps> }>> = {
  now: () => import("./now"),
  people: () => import("./people"),
  unknown: () => import("./unknown"),
  sightings: () => import("./sightings"),
  alerts: () => import("./alerts"),
  search: () => import("./search"),
  map: () => import("./map"),
  cameras: () => import("./cameras"),
  system: () => import("./system"),
  welcome: () => import("./welcome"),
};

export const PAGES = {} as Record<PageName, ComponentType<PageProps>>;
for (const name of Object.keys(PARTS) as PageName[]) PAGES[name] = lazy(PARTS[name]);

/** Loads a page that is about to be opened; whoever opens it says what goes wrong. */
export function prefetch(name: PageName | null): void {
  if (name) void PARTS[name]().catch(() => undefined);
}

const START: PageName = "now";

/** Pages on which each item has a page of its own; elsewhere what follows is a tab or a dialog. */
const WITH_ITEMS: ReadonlySet<string> = new Set<PageName>(["people", "cameras"]);

/** What stands at a place as a page: the same for all of its tabs and dialogs. */
export function standingAt({ path }: Place): string {
  const [name = START] = path;
  return WITH_ITEMS.has(name) ? path.slice(0, 2).join("/") : name;
}

/** The page of a place; null where there is none. */
export function pageOf(place: Place): PageName | null {
  const name = place.path[0] ?? START;
  return Object.hasOwn(PAGES, name) ? (name as PageName) : null;
}
