import { useQuery } from "@tanstack/react-query";
import { api, type Schemas, told } from "../../api/client";
import { type Manner, useChangeOf } from "../../api/queries";

export type Zone = Schemas["Zone"];
export type Happening = Schemas["EventOut"];

const HEALTH = ["camera.online", "camera.lost", "camera.changed"] as const;

/** A change of cameras, or of the zones on their pictures. */
export function useCameraChange<Given, Result>(
  change: (given: Given) => Promise<Result>,
  manner?: Manner,
) {
  return useChangeOf([["cameras"], ["alerts", "zones"]], change, manner);
}

export function changeCamera(camera: string, body: Schemas["CameraChange"]) {
  return told(api.PATCH("/api/v1/cameras/{camera}", { params: { path: { camera } }, body }));
}

export function useZones(enabled: boolean) {
  return useQuery({
    queryKey: ["alerts", "zones"],
    queryFn: async () => (await told(api.GET("/api/v1/zones"))).items as Zone[],
    enabled,
  });
}

/** When a camera came and went, the latest first. */
export function useHealth(camera: string) {
  return useQuery({
    queryKey: ["cameras", "health", camera],
    queryFn: async () =>
      (
        await told(
          api.GET("/api/v1/events", {
            params: { query: { camera, type: [...HEALTH], limit: 50 } },
          }),
        )
      ).items,
  });
}
