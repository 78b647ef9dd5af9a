/**
 * Events are hints: they say what has changed, and the pages ask anew for what they show. After a
 * gap, and after sleep, everything is asked anew.
 */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { io } from "socket.io-client";
import { BASE } from "../api/base";
import { freshToken } from "../api/session";
import { reach } from "./reach";

interface Envelope {
  id: number;
  type: string;
}

const AT_MOST_EVERY_MS = 500;

/** The first words of the keys of what an event of this type makes stale. */
export function staleBy(type: string): readonly string[] {
  const noun = type.split(".", 1)[0];
  switch (noun) {
    case "sighting":
    case "unknown":
      return ["sightings", "statistics"];
    case "visit":
      return ["visits"];
    case "person":
      return ["people", "sightings", "statistics"];
    case "camera":
      return ["cameras"];
    case "alert":
      return ["alerts"];
    case "job":
      return ["jobs"];
    default:
      return [];
  }
}

/** Collects what is stale and asks for it, twice a second at most, while the tab is seen. */
export class Renewal {
  private stale = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: Pick<QueryClient, "invalidateQueries">) {}

  mark(keys: Iterable<string>): void {
    for (const key of keys) this.stale.add(key);
    if (this.stale.size) this.timer ??= setTimeout(() => this.renew(), AT_MOST_EVERY_MS);
  }

  renew(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (document.hidden) return; // it is asked when the tab is seen again
    for (const key of this.stale) void this.client.invalidateQueries({ queryKey: [key] });
    this.stale.clear();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

export function useEventHints(): void {
  const client = useQueryClient();
  useEffect(() => {
    const renewal = new Renewal(client);
    let last: number | undefined;
    const at = new URL(BASE);
    const socket = io(at.origin, {
      path: `${at.pathname}socket.io`,
      transports: ["websocket"],
      reconnectionDelay: 500,
      reconnectionDelayMax: 1500,
      auth: (give) => {
        void freshToken()
          .catch(() => "")
          .then((token) => give({ token, ...(last === undefined ? {} : { last_id: last }) }));
      },
    });
    const everything = () => void client.invalidateQueries();
    socket.on("hello", (hello: { last_id?: number }) => {
      if (last === undefined) last = hello.last_id;
      else everything(); // it was gone for a while
    });
    socket.on("event", (event: Envelope) => {
      last = event.id;
      renewal.mark(staleBy(event.type));
    });
    socket.on("resync", everything);
    socket.on("connect_error", () => void reach.doubt());
    socket.on("disconnect", (reason) => {
      void reach.doubt();
      if (reason === "io server disconnect") socket.connect(); // the token has expired
    });
    const forget = reach.onBack(everything);
    const seen = () => renewal.renew();
    document.addEventListener("visibilitychange", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      forget();
      renewal.stop();
      socket.close();
    };
  }, [client]);
}
