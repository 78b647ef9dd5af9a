import { useState } from "react";
import { mergePerson, takeBackMerge } from "../../api/changes";
import { type Person, useChange, useMerges } from "../../api/queries";
import { go, href } from "../../route";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { Confirm } from "../../ui/dialog";
import { type Choice, PersonPicker } from "../../ui/person-picker";
import { Picture } from "../../ui/picture";
import { moment } from "../../ui/times";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";

/** Who was found to be this person; the latest can be made another person again. */
export function Merges({ person }: { person: string }) {
  const words = useWords();
  const { tell } = useToasts();
  const { data = [] } = useMerges(person, true);
  const back = useChange((merge: string) => takeBackMerge(person, merge));
  if (data.length === 0) return null;
  return (
    <Card title={words.person.mergesTitle}>
      <ul className="m-0 list-none divide-y divide-line p-0">
        {data.map((merge, index) => (
          <li key={merge.id} className="flex flex-wrap items-center justify-between gap-2 py-2">
            <span dir="auto">{words.person.mergedAt(merge.name, moment(words, merge.at))}</span>
            {index === 0 && (
              <Button
                look="plain"
                busy={back.isPending}
                onClick={() =>
                  back.mutate(merge.id, {
                    onSuccess: ({ name }) => tell(words.person.separated(name)),
                  })
                }
              >
                {words.person.separate}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Asks which other entry is the same person, and shows both faces before anything is done. */
export function MergeDialog({ person, onClose }: { person: Person; onClose(): void }) {
  const words = useWords();
  const { tell } = useToasts();
  const [into, setInto] = useState<Person | null>(null);
  // what follows is part of the change: the page of who is gone is gone with them
  const back = useChange(async ({ stays, made }: { stays: string; made: string }) => {
    const { id } = await takeBackMerge(stays, made);
    go(href(["people", id]));
  });
  const merge = useChange(async (stays: Person) => {
    const { merge: made } = await mergePerson(person.id, stays.id);
    onClose();
    go(href(["people", stays.id]));
    tell(words.person.merged(stays.name), () => back.mutate({ stays: stays.id, made }));
  });
  const choose = (choice: Choice) => choice.kind === "person" && setInto(choice.person);
  return (
    <Confirm
      title={words.person.mergeTitle(person.name)}
      action={words.person.mergeAction}
      danger
      busy={merge.isPending || !into}
      onClose={onClose}
      onConfirm={() => into && merge.mutate(into)}
    >
      <PersonPicker label={words.person.mergeWith} without={person.id} onChoose={choose} />
      {into && (
        <>
          <div className="flex items-center justify-center gap-6 pt-3">
            <Face person={person} />
            <span aria-hidden className="text-2xl text-quiet">
              →
            </span>
            <Face person={into} />
          </div>
          <p className="pt-2">{words.person.mergeWarning(person.name, into.name)}</p>
        </>
      )}
      <div className="h-40" hidden={into !== null} />
    </Confirm>
  );
}

function Face({ person }: { person: Person }) {
  return (
    <figure className="m-0 w-28 text-center">
      <Picture path={person.image ?? null} alt="" className="aspect-square w-full rounded-card" />
      <figcaption dir="auto" className="truncate pt-1 font-semibold">
        {person.name}
      </figcaption>
    </figure>
  );
}
