import { type FormEvent, useState } from "react";
import { addWanted, forgetPerson } from "../../api/changes";
import { PEOPLE, useChangeOf } from "../../api/queries";
import { Button, FileButton } from "../../ui/button";
import { Disclosure } from "../../ui/disclosure";
import { PICTURES } from "../../ui/drop";
import { TextField } from "../../ui/field";
import { FailureNotice } from "../../ui/notice";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";

const STALE = [["alerts"], ...PEOPLE];

/** Puts somebody on a list by one photograph: a missing person, somebody who may not come in. */
export function AddWanted({ list }: { list: string }) {
  const words = useWords();
  const { tell } = useToasts();
  const [file, setFile] = useState<File | null>(null);
  const forget = useChangeOf(STALE, (person: string) => forgetPerson(person));
  const add = useChangeOf(
    STALE,
    ({ name, photograph }: { name: string; photograph: File }) => addWanted(list, name, photograph),
    { inForm: true },
  );
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    const name = String(new FormData(element).get("name")).trim();
    if (!file) return;
    add.mutate(
      { name, photograph: file },
      {
        onSuccess: ({ person, reasons }) => {
          element.reset();
          setFile(null);
          tell([words.alerts.wantedDone(name), ...reasons].join(" "), () => forget.mutate(person));
        },
      },
    );
  };
  return (
    <Disclosure title={words.alerts.wanted}>
      <form onSubmit={send} className="space-y-3">
        <p className="text-sm text-quiet">{words.alerts.wantedHow}</p>
        <TextField label={words.name} name="name" maxLength={200} required />
        <div className="flex flex-wrap items-center gap-3">
          <FileButton
            label={words.choosePicture}
            accept={PICTURES}
            onFiles={([one]) => setFile(one ?? null)}
          />
          <span dir="auto" className="min-w-0 truncate text-quiet">
            {file?.name}
          </span>
        </div>
        {add.isError && <FailureNotice error={add.error} />}
        <Button type="submit" busy={add.isPending} disabled={!file}>
          {words.alerts.wantedAdd}
        </Button>
      </form>
    </Disclosure>
  );
}
