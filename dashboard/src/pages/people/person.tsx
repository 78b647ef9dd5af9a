import { useState } from "react";
import { addPhotographs, changePerson, forgetPerson, takeBackRejectionOf } from "../../api/changes";
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
import { Dialog } from "../../ui/dialog";
import { DropZone } from "../../ui/drop";
import { Entry } from "../../ui/entry";
import { TextField } from "../../ui/field";
import { FailureNotice, Loading } from "../../ui/notice";
import { Picture } from "../../ui/picture";
import { RemovalButton } from "../../ui/removal-button";
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
  const may = useMay();
  const { data: person, error, refetch } = usePerson(id);
  return (
    <PageFrame
      title={person?.name ?? words.nav.people}
      actions={person && may("people:write") && <Actions person={person} />}
    >
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!person && !error && <Loading />}
      {person && (
        <div className="grid gap-4 lg:grid-cols-[18rem_minmax(0,1fr)]">
          <div className="grid content-start gap-4">
            <Portrait person={person} />
            {may("sightings:read") && <UsualHours person={id} />}
          </div>
          <div className="grid min-w-0 content-start gap-4">
            <Photographs person={id} />
            {may("people:write") && <AddPhotographs person={id} />}
            {may("sightings:read") && <LastSightings person={person} />}
            {may("sightings:read") && <Rejections person={person} />}
            {may("people:write") && <Merges person={id} />}
          </div>
        </div>
      )}
    </PageFrame>
  );
}

function Actions({ person }: { person: Person }) {
  const words = useWords();
  const [asking, setAsking] = useState<"rename" | "merge" | null>(null);
  const close = () => setAsking(null);
  return (
    <>
      <Button look="plain" onClick={() => setAsking("rename")}>
        {words.person.rename}
      </Button>
      <Button look="plain" onClick={() => setAsking("merge")}>
        {words.person.merge}
      </Button>
      <ForgetButton person={person} />
      {asking === "rename" && <Rename person={person} onClose={close} />}
      {asking === "merge" && <MergeDialog person={person} onClose={close} />}
    </>
  );
}

function Portrait({ person }: { person: Person }) {
  const words = useWords();
  const now = useNow(10_000);
  return (
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
        {person.identifier && <Entry name={words.person.identifier}>{person.identifier}</Entry>}
        {Object.entries(person.info).map(([key, value]) => (
          <Entry key={key} name={key}>
            {value}
          </Entry>
        ))}
      </dl>
    </Card>
  );
}

function AddPhotographs({ person }: { person: string }) {
  const words = useWords();
  const add = useChange((files: File[]) => addPhotographs(person, files), { inForm: true });
  const learn = (files: File[]) => add.mutate(files);
  return (
    <Card title={words.person.addPhotographs}>
      <DropZone label={words.people.drop} multiple busy={add.isPending} onFiles={learn} />
      <WebcamButton onPhotographs={learn} />
      <div className="mt-3 empty:hidden">
        {add.isError && <FailureNotice error={add.error} />}
        {add.data && <Verdicts result={add.data} />}
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
  const rename = (next: string) => changePerson(person.id, { name: next });
  const change = useChange(rename, { inForm: true });
  const back = useChange(rename);
  return (
    <Dialog title={words.person.rename} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(name, {
            onSuccess: () => {
              onClose();
              tell(words.person.renamed(name), () => back.mutate(person.name));
            },
          });
        }}
      >
        <TextField
          label={words.name}
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

function ForgetButton({ person }: { person: Person }) {
  const words = useWords();
  const { tell } = useToasts();
  const forget = useChange(async () => {
    await forgetPerson(person.id);
    go(href(["people"]), true); // the page of who is forgotten is gone with them
    tell(words.person.forgotten(person.name));
  });
  return (
    <RemovalButton
      of="person"
      name={person.name}
      look="danger"
      onConfirm={() => forget.mutateAsync(undefined)}
    >
      <p>{words.person.forgetWhat(person.samples ?? 0)}</p>
    </RemovalButton>
  );
}
