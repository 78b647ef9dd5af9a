import type { FormEvent } from "react";
import { api, told } from "../../api/client";
import { usePerson } from "../../api/queries";
import { useMay } from "../../me";
import { href } from "../../route";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { CheckBox, SelectField, TextField } from "../../ui/field";
import { FailureNotice, Loading } from "../../ui/notice";
import { PersonPicker } from "../../ui/person-picker";
import { RemovalButton } from "../../ui/removal-button";
import { useWords } from "../../words";
import { useAlertChange, useWatchlists, type Watchlist } from "./queries";
import { AddWanted } from "./wanted";

const KINDS = ["alert", "vip", "allow", "mute"] as const;

export function Watchlists() {
  const may = useMay();
  const { data, error, refetch } = useWatchlists();
  return (
    <div className="grid gap-4">
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      <ul className="m-0 grid list-none gap-4 p-0 lg:grid-cols-2">
        {data?.map((list) => (
          <li key={list.id}>
            <ListCard list={list} />
          </li>
        ))}
      </ul>
      {may("sightings:write") && <AddList />}
    </div>
  );
}

function ListCard({ list }: { list: Watchlist }) {
  const words = useWords();
  const may = useMay();
  const change = useAlertChange((body: Partial<Watchlist>) =>
    told(
      api.PATCH("/api/v1/watchlists/{name}", {
        params: { path: { name: list.id } },
        body: body as Record<string, unknown>,
      }),
    ),
  );
  const remove = useAlertChange(() =>
    told(api.DELETE("/api/v1/watchlists/{name}", { params: { path: { name: list.id } } })),
  );
  const people = list.people ?? [];
  return (
    <Card
      title={<span dir="auto">{list.name}</span>}
      aside={<span className="text-sm text-quiet">{words.alerts.listKinds[list.kind]}</span>}
      className="h-full"
    >
      {people.length === 0 && !list.unknown && (
        <p className="text-quiet">{words.alerts.listEmpty}</p>
      )}
      <ul className="m-0 flex list-none flex-wrap gap-2 p-0">
        {people.map((person) => (
          <li
            key={person}
            className="flex max-w-full items-center rounded-full border border-line ps-3"
          >
            <Member
              id={person}
              onTakeOff={() => change.mutate({ people: people.filter((one) => one !== person) })}
            />
          </li>
        ))}
      </ul>
      {may("sightings:write") && (
        <div className="mt-3 space-y-2">
          <PersonPicker
            label={words.alerts.putOn}
            onChoose={(choice) =>
              choice.kind === "person" &&
              change.mutate({ people: [...new Set([...people, choice.person.id])] })
            }
          />
          {may("people:write") && <AddWanted list={list.id} />}
          <div className="flex flex-wrap items-center gap-x-4">
            <CheckBox
              label={words.alerts.everyUnknown}
              checked={list.unknown ?? false}
              onChange={(event) => change.mutate({ unknown: event.target.checked })}
            />
            <RemovalButton
              of="list"
              name={list.name}
              onConfirm={() => remove.mutateAsync(undefined)}
            />
          </div>
        </div>
      )}
    </Card>
  );
}

function Member({ id, onTakeOff }: { id: string; onTakeOff(): void }) {
  const words = useWords();
  const may = useMay();
  const { data } = usePerson(may("people:read") ? id : null);
  const name = data?.name ?? "…";
  return (
    <>
      <a href={href(["people", id])} dir="auto" className="min-w-0 truncate py-2 text-ink">
        {name}
      </a>
      {may("sightings:write") && (
        <Button
          look="quiet"
          className="px-3!"
          aria-label={words.alerts.takeOff(name)}
          onClick={onTakeOff}
        >
          ×
        </Button>
      )}
    </>
  );
}

function AddList() {
  const words = useWords();
  const add = useAlertChange((body: { name: string; kind: Watchlist["kind"] }) =>
    told(
      api.POST("/api/v1/watchlists", {
        body: { ...body, people: [], clusters: [], unknown: false },
      }),
    ),
  );
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    add.mutate(
      { name: String(form.get("name")), kind: String(form.get("kind")) as Watchlist["kind"] },
      { onSuccess: () => element.reset() },
    );
  };
  return (
    <Card title={words.alerts.addList}>
      <form onSubmit={send} className="grid items-end gap-3 sm:grid-cols-3">
        <TextField label={words.name} name="name" maxLength={100} required />
        <SelectField label={words.alerts.listKind} name="kind">
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {words.alerts.listKinds[kind]}
            </option>
          ))}
        </SelectField>
        <Button type="submit" busy={add.isPending}>
          {words.add}
        </Button>
      </form>
    </Card>
  );
}
