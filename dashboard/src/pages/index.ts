import { type ComponentType, lazy } from "react";
import type { Place } from "../route";

export interface PageProps {
  place: Place;
}

export type PageName = "cameras";

/** The pages, each a part of its own that is loaded when it is opened first. */
export const PAGES: Record<PageName, ComponentType<PageProps>> = {
  cameras: lazy(() => import("./cameras")),
};

const START: PageName = "cameras";

/** The page of a place; null where there is none. */
export function pageOf(place: Place): PageName | null {
  const name = place.path[0] ?? START;
  return name in PAGES ? (name as PageName) : null;
}
