import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type Schemas, told } from "../../api/client";
import { type Manner, useChangeOf } from "../../api/queries";
import { useMay } from "../../me";

export type Alert = Schemas["AlertOut"];
export type AlertState =
  | "pending"
  | "firing"
  | "acknowledged"
  | "resolved"
  | "expired"
  | "suppressed";
export type Rule = Schemas["AlertRule"];
export type RuleBody = Schemas["RuleBody"];
export type Watchlist = Schemas["Watchlist"];
export type Channel = Schemas["ChannelOut"];
export type Silence = Schemas["Silence"];

export function useAlerts(state: AlertState | "") {
  return useInfiniteQuery({
    queryKey: ["alerts", "list", state],
    queryFn: ({ pageParam }) =>
      told(
        api.GET("/api/v1/alerts", {
          params: {
            query: {
              limit: 50,
              ...(state ? { state } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.cursor,
  });
}

export function useAlert(id: string) {
  return useQuery({
    queryKey: ["alerts", "one", id],
    queryFn: () => told(api.GET("/api/v1/alerts/{alert}", { params: { path: { alert: id } } })),
  });
}

export function useRules() {
  return useQuery({
    queryKey: ["alerts", "rules"],
    queryFn: async () => (await told(api.GET("/api/v1/rules"))).items as Rule[],
  });
}

export function useWatchlists() {
  return useQuery({
    queryKey: ["alerts", "watchlists"],
    queryFn: async () => (await told(api.GET("/api/v1/watchlists"))).items as Watchlist[],
  });
}

export function useChannels(enabled = true) {
  return useQuery({
    queryKey: ["alerts", "channels"],
    queryFn: async () => (await told(api.GET("/api/v1/channels"))).items as Channel[],
    enabled,
  });
}

/** What a channel is called, as far as the user may know; else its id. */
export function useChannelName(): (channel: string) => string {
  const may = useMay();
  const { data } = useChannels(may("sightings:write"));
  return (id) => data?.find((channel) => channel.id === id)?.name ?? id;
}

export function useSilences() {
  return useQuery({
    queryKey: ["alerts", "silences"],
    queryFn: async () => (await told(api.GET("/api/v1/silences"))).items as Silence[],
  });
}

/** A change of alerts or of what is written down for them. */
export function useAlertChange<Given, Result>(
  change: (given: Given) => Promise<Result>,
  manner?: Manner,
) {
  return useChangeOf([["alerts"]], change, manner);
}
