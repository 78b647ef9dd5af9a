import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { addWanted, forgetPerson } from "../../api/changes";
import { renewPeople } from "../../api/queries";
import { Button, FileButton } from "../../ui/button";
import { PICTURES } from "../../ui/drop";
import { TextField } from "../../ui/field";
import { FailureNotice } from "../../ui/notice";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";
import { useAlertChange } from "./queries";

/** Puts somebody on a list by one photograph: a missing person, somebody who may not come in. */
export function AddWanted({ list }: { list: string }) {
  const words = useWords();
  const client = useQueryClient();
  const { tell } = useToasts();
  const [file, setFile] = useState<File | null>(null);
  const forget = useAlertChange((person: string) => forgetPerson(person));
  const add = useAlertChange(({ name, photograph }: { name: string; photograph: File }) =>
    addWanted(list, name, photograph),
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
          void renewPeople(client);
          tell([words.alerts.wantedDone(name), ...reasons].join(" "), () => forget.mutate(person));
        },
      },
    );
  };
  return (
    <details>
      <summary className="flex min-h-11 items-center font-semibold text-accent">
        {words.alerts.wanted}
      </summary>
      <form onSubmit={send} className="space-y-3">
        <p className="text-sm text-quiet">{words.alerts.wantedHow}</p>
        <TextField label={words.people.name} name="name" maxLength={200} required />
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
    </details>
  );
}
