import { useState } from "react";
import { addPhotographs, changePerson, forgetPerson, takeBackRejectionOf } from "../../api/changes";
import type { Schemas } from "../../api/client";
import {
  flat,
  type Person,
  useChange,
  usePerson,
  useRejections,
  useSightings,
} from "../../api/queries";
import { useMay } from "../../me";
import { go, href } from "../../route";
import { Button } from "../../ui/button";
import { Card, PageFrame } from "../../ui/card";
import { Confirm, Dialog } from "../../ui/dialog";
import { DropZone } from "../../ui/drop";
import { Entry } from "../../ui/entry";
import { TextField } from "../../ui/field";
import { FailureNotice, Loading } from "../../ui/notice";
import { Picture } from "../../ui/picture";
import { ago, fullMoment, useNow } from "../../ui/times";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";
import { SightingTile } from "../sightings/tile";
import { MergeDialog, Merges } from "./merges";
import { Photographs } from "./photographs";
import { UsualHours } from "./usual-hours";
import { Verdicts } from "./verdicts";
import { WebcamButton } from "./webcam-button";

export function PersonPage({ id }: { id: string }) {
  const words = useWords();
  const { data: person, error, refetch } = usePerson(id);
  if (error) {
    return (
      <PageFrame title={words.nav.people}>
        <FailureNotice error={error} retry={() => void refetch()} />
      </PageFrame>
    );
  }
  return person ? <Found person={person} /> : <Loading />;
}

function Found({ person }: { person: Person }) {
  const words = useWords();
  const may = useMay();
  const now = useNow(10_000);
  const [asking, setAsking] = useState<"rename" | "merge" | "forget" | null>(null);
  const close = () => setAsking(null);
  const info = Object.entries(person.info);
  return (
    <PageFrame
      title={person.name}
      actions={
        may("people:write") && (
          <>
            <Button look="plain" onClick={() => setAsking("rename")}>
              {words.person.rename}
            </Button>
            <Button look="plain" onClick={() => setAsking("merge")}>
              {words.person.merge}
            </Button>
            <Button look="danger" onClick={() => setAsking("forget")}>
              {words.person.forget}
            </Button>
          </>
        )
      }
    >
      <div className="grid gap-4 lg:grid-cols-[18rem_minmax(0,1fr)]">
        <div className="grid content-start gap-4">
          <Card className="overflow-hidden p-0!">
            <Picture
              path={person.image ?? null}
              alt={person.name}
              className="aspect-square w-full max-lg:max-h-64"
            />
            <dl className="m-0 space-y-2 p-4 text-sm">
              <Entry name={words.person.lastSeen}>
                {person.last_seen ? ago(words, person.last_seen, now) : words.person.never}
              </Entry>
              <Entry name={words.person.since}>{fullMoment(words, person.created_at)}</Entry>
              {person.identifier && (
                <Entry name={words.person.identifier}>{person.identifier}</Entry>
              )}
              {info.map(([key, value]) => (
                <Entry key={key} name={key}>
                  {value}
                </Entry>
              ))}
            </dl>
          </Card>
          {may("sightings:read") && <UsualHours person={person.id} />}
        </div>
        <div className="grid min-w-0 content-start gap-4">
          <Photographs person={person.id} />
          {may("people:write") && <AddPhotographs person={person.id} />}
          {may("sightings:read") && <LastSightings person={person} />}
          {may("sightings:read") && <Rejections person={person} />}
          {may("people:write") && <Merges person={person.id} />}
        </div>
      </div>
      {asking === "rename" && <Rename person={person} onClose={close} />}
      {asking === "merge" && <MergeDialog person={person} onClose={close} />}
      {asking === "forget" && <Forget person={person} onClose={close} />}
    </PageFrame>
  );
}

function AddPhotographs({ person }: { person: string }) {
  const words = useWords();
  const [result, setResult] = useState<Schemas["Enrolled"] | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const add = useChange((files: File[]) => addPhotographs(person, files));
  const learn = (files: File[]) => {
    setFailure(null);
    setResult(null);
    add.mutate(files, { onSuccess: setResult, onError: setFailure });
  };
  return (
    <Card title={words.person.addPhotographs}>
      <DropZone label={words.people.drop} multiple busy={add.isPending} onFiles={learn} />
      <WebcamButton onPhotographs={learn} />
      <div className="mt-3 empty:hidden">
        {failure !== null && <FailureNotice error={failure} />}
        {result && <Verdicts result={result} />}
      </div>
    </Card>
  );
}

function LastSightings({ person }: { person: Person }) {
  const words = useWords();
  const { data } = useSightings({ person: person.id }, 12);
  const latest = flat(data).slice(0, 12);
  return (
    <Card
      title={words.nav.sightings}
      aside={
        latest.length > 0 && (
          <a href={href(["sightings"], { person: person.id })} className="text-accent">
            {words.person.all}
          </a>
        )
      }
    >
      {data && latest.length === 0 && <p className="text-quiet">{words.person.notSeen}</p>}
      <ul className="m-0 grid list-none grid-cols-2 gap-3 p-0 sm:grid-cols-4 xl:grid-cols-6">
        {latest.map((sighting) => (
          <li key={sighting.id} className="min-w-0">
            <SightingTile sighting={sighting} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Rejections({ person }: { person: Person }) {
  const words = useWords();
  const may = useMay();
  const { tell } = useToasts();
  const { data } = useRejections(true);
  const takeBack = useChange((at: number) => takeBackRejectionOf(at));
  const own = data?.filter((one) => one.person === person.id) ?? [];
  if (own.length === 0) return null;
  return (
    <Card title={words.person.rejections(person.name)}>
      <ul className="m-0 list-none divide-y divide-line p-0">
        {own.map((one) => (
          <li key={one.at} className="flex flex-wrap items-center justify-between gap-2 py-2">
            <span dir="auto">
              {fullMoment(words, one.at)} · {one.camera}
            </span>
            {may("sightings:write") && (
              <Button
                look="plain"
                busy={takeBack.isPending}
                onClick={() =>
                  takeBack.mutate(one.at, { onSuccess: () => tell(words.person.takenBack) })
                }
              >
                {words.person.takeBack}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Rename({ person, onClose }: { person: Person; onClose(): void }) {
  const words = useWords();
  const { tell } = useToasts();
  const [name, setName] = useState(person.name);
  const change = useChange((next: string) => changePerson(person.id, { name: next }));
  return (
    <Dialog title={words.person.rename} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(name, {
            onSuccess: () => {
              onClose();
              tell(words.person.renamed(name), () => change.mutate(person.name));
            },
          });
        }}
      >
        <TextField
          label={words.people.name}
          value={name}
          required
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
        />
        {change.isError && <FailureNotice error={change.error} />}
        <Button type="submit" busy={change.isPending}>
          {words.save}
        </Button>
      </form>
    </Dialog>
  );
}

function Forget({ person, onClose }: { person: Person; onClose(): void }) {
  const words = useWords();
  const { tell } = useToasts();
  const forget = useChange(async () => {
    await forgetPerson(person.id);
    onClose(); // the page of who is forgotten is gone with them
    go(href(["people"]), true);
    tell(words.person.forgotten(person.name));
  });
  return (
    <Confirm
      title={words.person.forgetTitle(person.name)}
      action={words.person.forget}
      danger
      busy={forget.isPending}
      onClose={onClose}
      onConfirm={() => forget.mutate(undefined)}
    >
      <p>{words.person.forgetWhat(person.samples ?? 0)}</p>
      <p className="text-quiet">{words.person.forgetNot}</p>
    </Confirm>
  );
}
