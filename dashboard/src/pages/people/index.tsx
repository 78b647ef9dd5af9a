import { useCallback, useDeferredValue, useState } from "react";
import { flat, type Person, usePeople } from "../../api/queries";
import { useMay } from "../../me";
import { href } from "../../route";
import { Button } from "../../ui/button";
import { PageFrame } from "../../ui/card";
import { TextField } from "../../ui/field";
import { Grid } from "../../ui/grid";
import { FailureNotice, Loading, Nothing } from "../../ui/notice";
import { Picture } from "../../ui/picture";
import { ago, useNow } from "../../ui/times";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { AddPerson } from "./add-person";
import { PersonPage } from "./person";

const NAME_PX = 66;

export default function People({ place }: PageProps) {
  const id = place.path[1];
  return id ? <PersonPage key={id} id={id} /> : <Wall />;
}

function Wall() {
  const words = useWords();
  const may = useMay();
  const [text, setText] = useState("");
  const [adding, setAdding] = useState(false);
  const wanted = useDeferredValue(text.trim());
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    usePeople(wanted);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const people = flat(data);
  const mayAdd = may("people:write");
  return (
    <PageFrame
      title={words.nav.people}
      actions={mayAdd && <Button onClick={() => setAdding(true)}>{words.people.add}</Button>}
    >
      <search className="mb-4 block max-w-md">
        <TextField
          label={words.people.search}
          hideLabel
          placeholder={words.people.search}
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </search>
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && people.length === 0 && (
        <Nothing title={wanted ? words.people.notFound : words.people.none}>
          <p>{wanted ? words.people.otherSpelling : words.people.how}</p>
          {!wanted && mayAdd && (
            <Button className="mt-4" onClick={() => setAdding(true)}>
              {words.people.add}
            </Button>
          )}
        </Nothing>
      )}
      <Grid
        items={people}
        keyOf={(person) => person.id}
        tileWidth={150}
        heightOf={(width) => width + NAME_PX + 12}
        onEnd={more}
        label={words.nav.people}
      >
        {(person) => <PersonTile person={person} />}
      </Grid>
      {adding && <AddPerson onClose={() => setAdding(false)} />}
    </PageFrame>
  );
}

function PersonTile({ person }: { person: Person }) {
  const words = useWords();
  const now = useNow(30_000);
  return (
    <a
      href={href(["people", person.id])}
      className="group block h-full overflow-hidden rounded-card border border-line bg-card text-ink no-underline hover:border-accent"
    >
      <Picture path={person.image ?? null} alt="" className="aspect-square w-full" />
      <span className="block px-3 py-2">
        <span dir="auto" className="block truncate font-semibold group-hover:text-accent">
          {person.name}
        </span>
        <span className="block truncate text-sm text-quiet">
          {person.last_seen
            ? ago(words, person.last_seen, now)
            : words.people.photographs(person.samples ?? 0)}
        </span>
      </span>
    </a>
  );
}
