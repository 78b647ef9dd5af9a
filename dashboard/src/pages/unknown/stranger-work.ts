import {
  addPerson,
  assignUnknown,
  deleteSample,
  forgetPerson,
  ignoreSighting,
  joinUnknown,
  learnFromSightings,
  putIntoUnknown,
  splitUnknown,
  takeBackName,
} from "../../api/changes";
import { type UnknownPerson, useChange } from "../../api/queries";
import { useMay } from "../../me";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";

const LEARNED = 4;

interface Named {
  id: string;
  name: string;
}

/** What is done to a stranger, each step with the one that takes it back. */
export function useStrangerWork(
  stranger: UnknownPerson,
  chosen: readonly string[],
  onGone: (gone: boolean) => void,
) {
  const words = useWords();
  const may = useMay();
  const { tell, doLater } = useToasts();
  const { cluster } = stranger;
  const undo = useChange((steps: (() => Promise<unknown>)[]) =>
    steps.reduce<Promise<unknown>>((before, step) => before.then(step), Promise.resolve()),
  );
  const assign = useChange(async ({ person, made }: { person: Named; made: boolean }) => {
    await assignUnknown(cluster, person.id);
    const views = viewsToLearn(stranger, chosen);
    const learned =
      views.length && may("people:write")
        ? await learnFromSightings(person.id, views)
        : { items: [], poor: [], rejected: [] };
    tell(words.unknown.named(person.name, learned.items.length, learned.rejected.length), () =>
      undo.mutate([
        ...learned.items.map((sample) => () => deleteSample(sample.id)),
        () => takeBackName(cluster),
        ...(made ? [() => forgetPerson(person.id)] : []),
      ]),
    );
  });
  const assignNew = useChange(async (name: string) => {
    const person = await addPerson(name);
    await assign.mutateAsync({ person, made: true });
  });
  const split = useChange(async (sightings: string[]) => {
    await splitUnknown(sightings);
    tell(words.unknown.splitDone(sightings.length), () =>
      undo.mutate([() => putIntoUnknown(cluster, sightings)]),
    );
  });
  const join = useChange(async (into: string) => {
    const { sightings } = await joinUnknown(cluster, into);
    tell(words.unknown.joined, () => undo.mutate([() => putIntoUnknown(cluster, sightings)]));
  });
  const ignore = useChange(async () => {
    const face = stranger.faces[0];
    if (face) await ignoreSighting(face.sighting);
  });
  return {
    busy: assign.isPending || assignNew.isPending || split.isPending || join.isPending,
    name: (person: Named) => assign.mutate({ person, made: false }),
    nameNew: (name: string) => assignNew.mutate(name),
    split: (sightings: string[]) => split.mutate(sightings),
    join: (into: string) => join.mutate(into),
    ignore: () => {
      onGone(true);
      doLater(
        words.sighting.ignored,
        () => ignore.mutate(undefined, { onError: () => onGone(false) }),
        () => onGone(false),
      );
    },
  };
}

/** The views that are learned with the name: those that were chosen, else the best; none is odd. */
export function viewsToLearn(stranger: UnknownPerson, chosen: readonly string[]): string[] {
  return stranger.faces
    .filter((face) => (chosen.length ? chosen.includes(face.sighting) : !face.odd))
    .sort((a, b) => (b.quality ?? 0) - (a.quality ?? 0))
    .slice(0, LEARNED)
    .map((face) => face.sighting);
}
