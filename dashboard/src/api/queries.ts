/** What pages ask of the server, each under one key, and what a change makes stale. */
import {
  keepPreviousData,
  type QueryClient,
  type QueryKey,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useToasts } from "../ui/toasts";
import { api, type Schemas, told } from "./client";

export type Person = Schemas["PersonOut"];
export type Sighting = Schemas["SightingOut"];
export type Sample = Schemas["SampleOut"];
export type Camera = Schemas["CameraOut"];
export type UnknownPerson = Schemas["UnknownPerson"];
export type DecisionCard = Schemas["DecisionCard"];
export type Job = Schemas["JobOut"];

/** Of sightings; what is left out does not count. Times are Unix seconds. */
export interface SightingFilter {
  person?: string;
  cluster?: string;
  camera?: string;
  state?: "known" | "unknown" | "unsure";
  since?: number;
  until?: number;
}

const PAGE = 100;

export function usePeople(text: string) {
  return useInfiniteQuery({
    queryKey: ["people", "list", text],
    queryFn: ({ pageParam }) =>
      told(
        api.GET("/api/v1/people", {
          params: { query: { limit: PAGE, text, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.cursor,
    placeholderData: keepPreviousData,
  });
}

export function usePerson(id: string | null | undefined) {
  return useQuery({
    queryKey: ["people", "one", id],
    queryFn: () =>
      told(api.GET("/api/v1/people/{person}", { params: { path: { person: id ?? "" } } })),
    enabled: !!id,
  });
}

/** Who was found to be the same as this person, as far as it can be taken back. */
export function useMerges(person: string, enabled: boolean) {
  return useQuery({
    queryKey: ["people", "merges", person],
    queryFn: async () =>
      (await told(api.GET("/api/v1/people/{person}/merges", { params: { path: { person } } })))
        .items,
    enabled,
  });
}

export function useSamples(person: string) {
  return useQuery({
    queryKey: ["people", "samples", person],
    queryFn: () =>
      told(
        api.GET("/api/v1/people/{person}/samples", {
          params: { path: { person }, query: { limit: 200 } },
        }),
      ),
  });
}

export function useSightings(which: SightingFilter, limit = PAGE) {
  return useInfiniteQuery({
    queryKey: ["sightings", "list", which, limit],
    queryFn: ({ pageParam }) =>
      told(
        api.GET("/api/v1/sightings", {
          params: { query: { limit, ...which, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.cursor,
    placeholderData: keepPreviousData,
  });
}

export function useSighting(id: string) {
  return useQuery({
    queryKey: ["sightings", "one", id],
    queryFn: () =>
      told(api.GET("/api/v1/sightings/{sighting}", { params: { path: { sighting: id } } })),
  });
}

export function useDecision(sighting: string) {
  return useQuery({
    queryKey: ["sightings", "decision", sighting],
    queryFn: () =>
      told(api.GET("/api/v1/sightings/{sighting}/decision", { params: { path: { sighting } } })),
    retry: false,
  });
}

export function useUnknownPeople(enabled = true) {
  return useQuery({
    queryKey: ["sightings", "unknown"],
    queryFn: () => told(api.GET("/api/v1/unknown/people", { params: { query: { limit: 24 } } })),
    enabled,
  });
}

export function useCameras(enabled = true) {
  return useQuery({
    queryKey: ["cameras"],
    queryFn: () => told(api.GET("/api/v1/cameras")) as Promise<Camera[]>,
    refetchInterval: 2000,
    enabled,
  });
}

export function useStatistics(since?: number) {
  return useQuery({
    queryKey: ["statistics", since],
    queryFn: () =>
      told(
        api.GET("/api/v1/statistics", { params: { query: since === undefined ? {} : { since } } }),
      ),
  });
}

export function useRejections(enabled: boolean) {
  return useQuery({
    queryKey: ["sightings", "rejections"],
    queryFn: () => told(api.GET("/api/v1/rejections")),
    enabled,
  });
}

/** What a change of people or sightings makes stale. */
export const PEOPLE: readonly QueryKey[] = [["people"], ["sightings"], ["statistics"]];

/** People, sightings and what is made of them: after a change all of it may be different. */
export function renewPeople(client: QueryClient): Promise<unknown> {
  return renew(client, PEOPLE);
}

function renew(client: QueryClient, stale: readonly QueryKey[]): Promise<unknown> {
  return Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey })));
}

/** How a change is made. */
export interface Manner {
  /** The form that it is made by says what goes wrong. */
  inForm?: boolean;
}

/** A change: all whose keys begin as one of `stale` is asked anew, what goes wrong is told. */
export function useChangeOf<Given, Result>(
  stale: readonly QueryKey[],
  change: (given: Given) => Promise<Result>,
  { inForm = false }: Manner = {},
) {
  const client = useQueryClient();
  const { tellFailure } = useToasts();
  return useMutation({
    mutationFn: change,
    ...(inForm ? {} : { onError: tellFailure }),
    onSettled: () => renew(client, stale),
  });
}

/** A change of people or sightings: what it makes stale is asked anew, what goes wrong is told. */
export function useChange<Given, Result>(
  change: (given: Given) => Promise<Result>,
  manner?: Manner,
) {
  return useChangeOf(PEOPLE, change, manner);
}

/** All items of the pages that are there. */
export function flat<T>(data: { pages: { items: T[] }[] } | undefined): T[] {
  return data?.pages.flatMap((page) => page.items) ?? [];
}
