import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, told, withFiles } from "../../api/client";
import { type Manner, useChangeOf } from "../../api/queries";
import type { Fence, Place, Plan } from "./space";
import type { Leg } from "./way";

const A_PAGE = 200;
const MOST_LEGS = 2000;

export function usePlans() {
  return useQuery({
    queryKey: ["plans"],
    queryFn: async () => (await told(api.GET("/api/v1/plans"))).items as Plan[],
  });
}

export function useFences(enabled = true) {
  return useQuery({
    queryKey: ["alerts", "fences"],
    queryFn: async () => (await told(api.GET("/api/v1/fences"))).items as Fence[],
    enabled,
  });
}

export function addPlan(file: Blob, name: string, width_m: number | null): Promise<Plan> {
  const words = { name, ...(width_m ? { width_m: String(width_m) } : {}) };
  return told(api.POST("/api/v1/plans", withFiles({ file }, words)));
}

export function deletePlan(plan: string) {
  return told(api.DELETE("/api/v1/plans/{plan}", { params: { path: { plan } } }));
}

export function placeCamera(camera: string, place: Place | null) {
  return told(
    api.PATCH("/api/v1/cameras/{camera}", { params: { path: { camera } }, body: { place } }),
  );
}

/** Times that are asked for, in Unix seconds. */
export interface Stretch {
  since: number;
  until: number;
}

export function useWay(person: string | null, { since, until }: Stretch) {
  return useQuery({
    queryKey: ["visits", "way", person, since, until],
    queryFn: async () => {
      const legs: Leg[] = [];
      let cursor: string | null | undefined = "";
      while (cursor != null && legs.length < MOST_LEGS) {
        const query = { person: person ?? "", since, until, limit: A_PAGE };
        const page = await told(
          api.GET("/api/v1/movement/log", {
            params: { query: cursor ? { ...query, cursor } : query },
          }),
        );
        const { items, cursor: next } = page as { items: Leg[]; cursor: string | null };
        legs.push(...items);
        cursor = next;
      }
      return legs;
    },
    enabled: person !== null,
  });
}

export function useHours({ since, until }: Stretch) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return useQuery({
    queryKey: ["visits", "hours", since, until],
    queryFn: () =>
      told(api.GET("/api/v1/movement/hours", { params: { query: { since, until, zone } } })),
    placeholderData: keepPreviousData,
  });
}

export function useFlow({ since, until }: Stretch) {
  return useQuery({
    queryKey: ["visits", "flow", since, until],
    queryFn: () => told(api.GET("/api/v1/movement/flow", { params: { query: { since, until } } })),
    placeholderData: keepPreviousData,
  });
}

export function useDwell({ since, until }: Stretch) {
  return useQuery({
    queryKey: ["visits", "dwell", since, until],
    queryFn: () => told(api.GET("/api/v1/movement/dwell", { params: { query: { since, until } } })),
    placeholderData: keepPreviousData,
  });
}

export function useOccupancy({ since, until }: Stretch, step: number) {
  return useQuery({
    queryKey: ["visits", "occupancy", since, until, step],
    queryFn: () =>
      told(api.GET("/api/v1/movement/occupancy", { params: { query: { since, until, step } } })),
    placeholderData: keepPreviousData,
  });
}

/** A change of plans, places or fences. */
export function useMapChange<Given, Result>(
  change: (given: Given) => Promise<Result>,
  manner?: Manner,
) {
  return useChangeOf([["plans"], ["cameras"], ["alerts", "fences"]], change, manner);
}
