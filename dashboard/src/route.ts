import { useSyncExternalStore } from "react";

/**
 * Where in the application the page is, as it stands behind the `#`: `#/people/7?tab=photos` is
 * `{ path: ["people", "7"], query: "tab=photos" }`. Links are plain anchors.
 */
export interface Place {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

/** The address of a place, for `href`. */
export function href(path: readonly string[], query: Record<string, string | undefined> = {}) {
  const given = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]);
  const search = new URLSearchParams(given).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

export function go(to: string, replace = false): void {
  if (replace) {
    window.history.replaceState(null, "", to);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    window.location.hash = to;
  }
}

let known = { hash: "", place: placeOf("") };

function current(): Place {
  const { hash } = window.location;
  if (hash !== known.hash) known = { hash, place: placeOf(hash) };
  return known.place;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

export function usePlace(): Place {
  return useSyncExternalStore(subscribe, current);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
