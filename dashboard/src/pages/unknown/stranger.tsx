import { type Ref, useImperativeHandle, useRef, useState } from "react";
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
import { href } from "../../route";
import { Button } from "../../ui/button";
import { Confirm, Dialog } from "../../ui/dialog";
import { type Choice, PersonPicker } from "../../ui/person-picker";
import { Picture } from "../../ui/picture";
import { ago, moment, useNow } from "../../ui/times";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";

const LEARNED = 4;

/** What the keyboard does to a stranger. */
export interface StrangerHandle {
  focus(): void;
  choose(index: number): void;
  type(): void;
  ignore(): void;
}

interface Props {
  stranger: UnknownPerson;
  others: readonly UnknownPerson[];
  current: boolean;
  onEnter(): void;
  onLater(): void;
  /** It goes from the list, or comes back. */
  onGone(gone: boolean): void;
  ref: Ref<StrangerHandle>;
}

export function Stranger({ stranger, others, current, onEnter, onLater, onGone, ref }: Props) {
  const words = useWords();
  const may = useMay();
  const now = useNow(30_000);
  const card = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<"ignore" | "join" | null>(null);
  const work = useStrangerWork(stranger, [...chosen], onGone);
  const mayName = may("sightings:write");
  useImperativeHandle(ref, () => ({
    focus: () => {
      card.current?.focus();
      card.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    },
    choose: (index) => {
      const maybe = stranger.maybe[index];
      if (maybe && mayName) work.name({ id: maybe.person, name: maybe.name });
    },
    type: () => field.current?.focus(),
    ignore: () => mayName && setAsking("ignore"),
  }));
  const choose = (choice: Choice) =>
    choice.kind === "new" ? work.nameNew(choice.name) : work.name(choice.person);
  const toggle = (sighting: string) =>
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(sighting)) next.add(sighting);
      return next;
    });
  const odd = stranger.faces.filter((face) => face.odd).length;
  return (
    <article
      ref={card}
      tabIndex={-1}
      aria-label={words.unknown.seen(stranger.sightings)}
      onFocus={onEnter}
      className={`rounded-card border bg-card p-4 shadow-card outline-none ${current ? "border-accent ring-2 ring-accent" : "border-line"}`}
    >
      <header className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="m-0 text-base font-semibold">{words.unknown.seen(stranger.sightings)}</h2>
        <p dir="auto" className="text-sm text-quiet">
          {ago(words, stranger.last, now)} · {stranger.cameras.join(", ")}
        </p>
      </header>
      {odd > 0 && (
        <p className="mb-3 rounded-control border border-warn bg-warn-ground px-3 py-2 text-sm">
          {words.unknown.odd(odd)}
        </p>
      )}
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <ul className="m-0 flex list-none flex-wrap content-start gap-2 p-0">
          {stranger.faces.map((face) => (
            <li key={face.sighting} className="w-24">
              <button
                type="button"
                disabled={!mayName}
                aria-pressed={chosen.has(face.sighting)}
                aria-label={words.unknown.face(moment(words, face.at), face.camera, face.odd)}
                onClick={() => toggle(face.sighting)}
                className={`relative block w-full overflow-hidden rounded-control border-2 ${
                  chosen.has(face.sighting)
                    ? "border-accent"
                    : face.odd
                      ? "border-dashed border-warn"
                      : "border-transparent"
                }`}
              >
                <Picture
                  path={`api/v1/sightings/${face.sighting}/image`}
                  alt=""
                  className="aspect-square w-full"
                />
                {chosen.has(face.sighting) && (
                  <span
                    aria-hidden
                    className="absolute end-1 top-1 grid size-6 place-items-center rounded-full bg-accent font-semibold text-on-accent"
                  >
                    ✓
                  </span>
                )}
              </button>
              <a
                href={href(["sightings", face.sighting])}
                className="block truncate py-1 text-center text-xs text-quiet"
              >
                {moment(words, face.at)}
              </a>
            </li>
          ))}
        </ul>
        {mayName && (
          <div className="space-y-3">
            {stranger.maybe.length > 0 && (
              <div>
                <p className="mb-1 text-sm text-quiet">
                  {stranger.clear ? words.unknown.maybe : words.unknown.maybeOneOf}
                </p>
                <div className="flex flex-wrap gap-2">
                  {stranger.maybe.map((maybe, index) => (
                    <Button
                      key={maybe.person}
                      look={stranger.clear && index === 0 ? "primary" : "plain"}
                      busy={work.busy}
                      onClick={() => work.name({ id: maybe.person, name: maybe.name })}
                    >
                      <kbd className="rounded border border-current px-1.5 font-sans text-xs max-md:hidden">
                        {index + 1}
                      </kbd>
                      <span dir="auto">{maybe.name}</span>
                    </Button>
                  ))}
                </div>
              </div>
            )}
            <PersonPicker
              label={words.unknown.who}
              mayAdd={may("people:write")}
              inputRef={field}
              busy={work.busy}
              onChoose={choose}
            />
            <div className="flex flex-wrap gap-1">
              {chosen.size > 0 && chosen.size < stranger.sightings && (
                <Button look="plain" busy={work.busy} onClick={() => work.split([...chosen])}>
                  {words.unknown.split(chosen.size)}
                </Button>
              )}
              {others.length > 1 && (
                <Button look="quiet" onClick={() => setAsking("join")}>
                  {words.unknown.join}
                </Button>
              )}
              <Button look="quiet" onClick={onLater}>
                {words.unknown.later}
              </Button>
              <Button look="quiet" onClick={() => setAsking("ignore")}>
                {words.unknown.ignore}
              </Button>
            </div>
          </div>
        )}
      </div>
      {asking === "ignore" && (
        <Confirm
          title={words.sighting.ignoreTitle}
          action={words.sighting.ignore}
          busy={work.busy}
          onClose={() => setAsking(null)}
          onConfirm={() => {
            setAsking(null);
            work.ignore();
          }}
        >
          <p>{words.sighting.ignoreWhat}</p>
        </Confirm>
      )}
      {asking === "join" && (
        <Dialog title={words.unknown.joinTitle} onClose={() => setAsking(null)}>
          <ul className="m-0 grid list-none grid-cols-3 gap-3 p-0 sm:grid-cols-4">
            {others
              .filter((other) => other.cluster !== stranger.cluster)
              .map((other) => (
                <li key={other.cluster}>
                  <button
                    type="button"
                    onClick={() => {
                      setAsking(null);
                      work.join(other.cluster);
                    }}
                    className="w-full overflow-hidden rounded-control border border-line hover:border-accent"
                  >
                    <Picture
                      path={
                        other.faces[0] ? `api/v1/sightings/${other.faces[0].sighting}/image` : null
                      }
                      alt=""
                      className="aspect-square w-full"
                    />
                    <span className="block p-1 text-sm">{words.unknown.seen(other.sightings)}</span>
                  </button>
                </li>
              ))}
          </ul>
        </Dialog>
      )}
    </article>
  );
}

interface Named {
  id: string;
  name: string;
}

/** What is done to a stranger, each step with the one that takes it back. */
function useStrangerWork(
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
