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
export const PAGES: Record<PageName, ComponentType<PageProps>> = {
  now: lazy(() => import("./now")),
  people: lazy(() => import("./people")),
  unknown: lazy(() => import("./unknown")),
  sightings: lazy(() => import("./sightings")),
  alerts: lazy(() => import("./alerts")),
  search: lazy(() => import("./search")),
  map: lazy(() => import("./map")),
  cameras: lazy(() => import("./cameras")),
  system: lazy(() => import("./system")),
  welcome: lazy(() => import("./welcome")),
};

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
