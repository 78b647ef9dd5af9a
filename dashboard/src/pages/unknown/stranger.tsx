import { type Ref, useImperativeHandle, useRef, useState } from "react";
import type { UnknownPerson } from "../../api/queries";
import { useMay } from "../../me";
import { href } from "../../route";
import { Button } from "../../ui/button";
import { type Choice, PersonPicker } from "../../ui/person-picker";
import { Picture } from "../../ui/picture";
import { ago, moment, useNow } from "../../ui/times";
import { useWords } from "../../words";
import { IgnoreDialog } from "./ignore-dialog";
import { JoinDialog } from "./join-dialog";
import { useStrangerWork } from "./stranger-work";

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
        <IgnoreDialog
          onClose={() => setAsking(null)}
          onConfirm={() => {
            setAsking(null);
            work.ignore();
          }}
        />
      )}
      {asking === "join" && (
        <JoinDialog
          others={others.filter((other) => other.cluster !== stranger.cluster)}
          onClose={() => setAsking(null)}
          onChoose={(cluster) => {
            setAsking(null);
            work.join(cluster);
          }}
        />
      )}
    </article>
  );
}
