import { useQuery } from "@tanstack/react-query";
import { address } from "../../../api/base";
import { api, type Schemas, told, withFiles } from "../../../api/client";
import { failureOf } from "../../../api/failure";
import { useChangeOf } from "../../../api/queries";
import { signedFetch } from "../../../api/session";
import { useMay } from "../../../me";
import type { NameOf } from "./details";

export type Federation = Schemas["FederatedOut"];
export type Round = Schemas["RoundOut"];
export type Member = Schemas["MemberOut"];

const REFRESH_MS = 15_000;

/** What this machine is in a federation; null until that is known, and for who may not know. */
export function useFederation(): Federation | null {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ["federated"],
    queryFn: () => told(api.GET("/api/v1/federated")),
    enabled: may("admin"),
    refetchInterval: REFRESH_MS,
  });
  return data ?? null;
}

/** Whether this machine has a part in a federation. */
export function hasPart(federation: Federation | null): boolean {
  return !!federation?.coordinator || !!federation?.site;
}

/** A change of the federation: all that is shown of it is asked anew. */
export function useFederationChange<Given, Result>(change: (given: Given) => Promise<Result>) {
  return useChangeOf([["federated"]], change);
}

export function invite(name: string) {
  return told(api.POST("/api/v1/federated/invitations", { body: { name } }));
}

export function removeMember(site: string) {
  return told(api.DELETE("/api/v1/federated/members/{site}", { params: { path: { site } } }));
}

export function takeBack() {
  return told(api.POST("/api/v1/federated/back"));
}

export function uploadWeights(file: File) {
  return told(api.POST("/api/v1/federated/weights", withFiles({ file })));
}

export function deleteWeights(file: string) {
  return told(api.DELETE("/api/v1/federated/weights/{file}", { params: { path: { file } } }));
}

interface Average {
  files: string[];
  people: number;
}

/** Averages the files. The route is of the system before Lookout, and OpenAPI does not have it. */
export async function averageWeights(): Promise<Average> {
  const asked = new Request(address("face/fl/aggregate"), { method: "POST" });
  const response = await signedFetch(asked);
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw failureOf(response, body);
  return body as Average;
}

export function averageFile(): Promise<Blob> {
  return told(api.GET("/api/v1/federated/weights/average", { parseAs: "blob" }));
}

/** What a site is called here, by its id. */
export function siteNames(federation: Federation): NameOf {
  const names = new Map(federation.coordinator?.members.map(({ id, name }) => [id, name]));
  if (federation.site) names.set(federation.site.id, federation.site.name);
  return (site) => names.get(site) ?? site;
}
