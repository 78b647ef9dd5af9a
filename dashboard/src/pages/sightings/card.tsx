import { useState } from "react";
import {
  addPerson,
  assignUnknown,
  deleteSighting,
  forgetPerson,
  ignoreSighting,
  rejectSighting,
  takeBackName,
  takeBackRejection,
} from "../../api/changes";
import { type Sighting, useChange, useDecision, useSighting } from "../../api/queries";
import { useMay } from "../../me";
import { href } from "../../route";
import { NameBadge } from "../../ui/badge";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Disclosure } from "../../ui/disclosure";
import { FailureNotice, Loading } from "../../ui/notice";
import { type Choice, PersonPicker } from "../../ui/person-picker";
import { Picture } from "../../ui/picture";
import { RemovalButton } from "../../ui/removal-button";
import { duration, fullMoment } from "../../ui/times";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";
import { IgnoreDialog } from "../unknown/ignore-dialog";
import { Comparison } from "./comparison";
import { nameOf, pictureOf } from "./tile";
import { ToldOf } from "./told";

/** One sighting, why it has the name that it has, and what can be said against it. */
export function SightingDialog({ id, onClose }: { id: string; onClose(): void }) {
  const words = useWords();
  const { data, error, refetch } = useSighting(id);
  return (
    <Dialog title={data ? nameOf(words, data) : words.sighting.title} onClose={onClose} wide>
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && <Card sighting={data} onClose={onClose} />}
    </Dialog>
  );
}

function Card({ sighting, onClose }: { sighting: Sighting; onClose(): void }) {
  const words = useWords();
  const may = useMay();
  return (
    <div className="grid gap-5 sm:grid-cols-[14rem_minmax(0,1fr)]">
      <div className="min-w-0">
        <Picture
          path={pictureOf(sighting)}
          alt={words.sighting.bestShot}
          className="aspect-square w-full rounded-control max-sm:mx-auto max-sm:w-52"
        />
        <p className="mt-3">
          <NameBadge state={sighting.state}>{nameOf(words, sighting)}</NameBadge>
        </p>
        <p className="mt-2 text-sm text-quiet">
          <span dir="auto">{sighting.camera}</span>
          <br />
          {fullMoment(words, sighting.first)} · {duration(sighting.last - sighting.first)}
        </p>
        {sighting.person && may("people:read") && (
          <a className="mt-2 inline-block text-accent" href={href(["people", sighting.person])}>
            {words.sighting.toPerson}
          </a>
        )}
      </div>
      <div className="min-w-0 space-y-5">
        {may("sightings:write") && <Corrections sighting={sighting} onClose={onClose} />}
        {may("people:read") && <Why sighting={sighting} />}
        <Disclosure title={words.told.title}>
          <ToldOf sighting={sighting.id} />
        </Disclosure>
      </div>
    </div>
  );
}

function Why({ sighting }: { sighting: Sighting }) {
  const words = useWords();
  const { data, error } = useDecision(sighting.id);
  if (error) return <p className="text-quiet">{words.sighting.noComparison}</p>;
  return data ? <Comparison card={data} /> : <Loading />;
}

function Corrections({ sighting, onClose }: { sighting: Sighting; onClose(): void }) {
  const words = useWords();
  const may = useMay();
  const { tell, doLater } = useToasts();
  const [ignoring, setIgnoring] = useState(false);
  const back = useChange(() => takeBackRejection(sighting.id));
  const reject = useChange(() => rejectSighting(sighting.id));
  const ignore = useChange(() => ignoreSighting(sighting.id));
  const remove = useChange(async () => {
    await deleteSighting(sighting.id);
    onClose(); // its card is gone with it
  });
  const unname = useChange(async ({ cluster, made }: { cluster: string; made: string | null }) => {
    await takeBackName(cluster);
    if (made) await forgetPerson(made);
  });
  const name = useChange(async (choice: Choice) => {
    const made = choice.kind === "new" ? await addPerson(choice.name) : null;
    const person = choice.kind === "new" ? made : choice.person;
    const wrong = sighting.person !== null;
    const cluster = wrong ? (await rejectSighting(sighting.id)).cluster : sighting.cluster;
    if (person && cluster) await assignUnknown(cluster, person.id);
    return { person, cluster, wrong, made: made?.id ?? null };
  });
  const rejected = sighting.person === null && "rejected" in sighting.detail;
  return (
    <section className="space-y-3">
      <PersonPicker
        label={sighting.person ? words.sighting.thisIsElse : words.sighting.thisIs}
        mayAdd={may("people:write")}
        busy={name.isPending}
        {...(sighting.person ? { without: sighting.person } : {})}
        onChoose={(choice) =>
          name.mutate(choice, {
            onSuccess: ({ person, cluster, wrong, made }) => {
              if (!person || !cluster) return;
              const undo = wrong
                ? undefined // the name before it is taken back by the rejection
                : () => unname.mutate({ cluster, made });
              tell(words.sighting.named(person.name), undo);
            },
          })
        }
      />
      <div className="flex flex-wrap gap-2">
        {sighting.person && (
          <Button
            look="plain"
            busy={reject.isPending}
            onClick={() =>
              reject.mutate(undefined, {
                onSuccess: () =>
                  tell(words.sighting.rejected(nameOf(words, sighting)), () =>
                    back.mutate(undefined),
                  ),
              })
            }
          >
            {words.sighting.notThis(nameOf(words, sighting))}
          </Button>
        )}
        {rejected && (
          <Button look="plain" busy={back.isPending} onClick={() => back.mutate(undefined)}>
            {words.sighting.takeBack}
          </Button>
        )}
        {!sighting.person && (
          <Button look="plain" onClick={() => setIgnoring(true)}>
            {words.sighting.ignore}
          </Button>
        )}
        <RemovalButton of="sighting" onConfirm={() => remove.mutateAsync(undefined)} />
      </div>
      {ignoring && (
        <IgnoreDialog
          onClose={() => setIgnoring(false)}
          onConfirm={() => {
            onClose();
            doLater(
              words.sighting.ignored,
              () => ignore.mutate(undefined),
              () => undefined,
            );
          }}
        />
      )}
    </section>
  );
}
