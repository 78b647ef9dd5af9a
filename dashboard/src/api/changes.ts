/** What is done to people and sightings, one function each. All throw Failure. */
import { api, type Schemas, told, withFiles } from "./client";

type Enrolled = Schemas["Enrolled"];

export function addPerson(name: string) {
  return told(api.POST("/api/v1/people", { body: { name, identifier: "", info: {} } }));
}

export function changePerson(person: string, body: { name?: string; identifier?: string }) {
  return told(api.PATCH("/api/v1/people/{person}", { params: { path: { person } }, body }));
}

export function forgetPerson(person: string) {
  return told(api.DELETE("/api/v1/people/{person}", { params: { path: { person } } }));
}

export function mergePerson(person: string, into: string) {
  return told(
    api.POST("/api/v1/people/{person}/merge", { params: { path: { person } }, body: { into } }),
  );
}

export function takeBackMerge(person: string, merge: string) {
  return told(
    api.DELETE("/api/v1/people/{person}/merges/{merge}", { params: { path: { person, merge } } }),
  );
}

export function addPhotographs(person: string, files: File[], usePoor = false): Promise<Enrolled> {
  return told(
    api.POST("/api/v1/people/{person}/samples", {
      params: { path: { person }, query: { use_poor: usePoor } },
      ...withFiles({ files }),
    }),
  );
}

export function learnFromSightings(person: string, sightings: string[]): Promise<Enrolled> {
  return told(
    api.POST("/api/v1/people/{person}/samples/from-sightings", {
      params: { path: { person } },
      body: { sightings, keep_anyway: false },
    }),
  );
}

/** Makes somebody known by one photograph, and puts them on a watchlist. */
export function addWanted(watchlist: string, name: string, file: File) {
  return told(
    api.POST("/api/v1/watchlists/{watchlist}/photographs", {
      params: { path: { watchlist }, query: { name } },
      ...withFiles({ file }),
    }),
  );
}

export function deleteSample(sample: string) {
  return told(api.DELETE("/api/v1/samples/{sample}", { params: { path: { sample } } }));
}

export function moveSamples(samples: string[], person: string) {
  return told(api.POST("/api/v1/samples/move", { body: { samples, person } }));
}

export function assignUnknown(cluster: string, person: string) {
  return told(
    api.POST("/api/v1/unknown/{cluster}/assign", {
      params: { path: { cluster } },
      body: { person },
    }),
  );
}

export function takeBackName(cluster: string) {
  return told(api.DELETE("/api/v1/unknown/{cluster}/assign", { params: { path: { cluster } } }));
}

export function splitUnknown(sightings: string[]) {
  return told(api.POST("/api/v1/unknown/split", { body: { sightings } }));
}

export function putIntoUnknown(cluster: string, sightings: string[]) {
  return told(
    api.PUT("/api/v1/unknown/{cluster}/sightings", {
      params: { path: { cluster } },
      body: { sightings },
    }),
  );
}

export function joinUnknown(cluster: string, into: string) {
  return told(
    api.POST("/api/v1/unknown/{cluster}/join", { params: { path: { cluster } }, body: { into } }),
  );
}

export function rejectSighting(sighting: string) {
  return told(api.POST("/api/v1/sightings/{sighting}/reject", { params: { path: { sighting } } }));
}

export function takeBackRejection(sighting: string) {
  return told(
    api.DELETE("/api/v1/sightings/{sighting}/reject", { params: { path: { sighting } } }),
  );
}

export function takeBackRejectionOf(at: number) {
  return told(api.DELETE("/api/v1/rejections/{at}", { params: { path: { at } } }));
}

export function ignoreSighting(sighting: string) {
  return told(
    api.POST("/api/v1/sightings/{sighting}/ignore", {
      params: { path: { sighting } },
      keepalive: true, // it may be the last thing before the page is left
    }),
  );
}

export function deleteSighting(sighting: string) {
  return told(api.DELETE("/api/v1/sightings/{sighting}", { params: { path: { sighting } } }));
}

export function searchByFace(file: Blob, limit = 100) {
  return told(
    api.POST("/api/v1/search", {
      params: { query: { limit } },
      ...withFiles({ file }),
    }),
  );
}

export async function recognize(file: Blob): Promise<Schemas["Recognition"]> {
  const found = await told(api.POST("/api/v1/recognize", withFiles({ file })));
  return found as Schemas["Recognition"]; // boxes of four numbers, as the server promises
}
