import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { addPerson, addPhotographs, forgetPerson } from "../../api/changes";
import type { Schemas } from "../../api/client";
import { renewPeople } from "../../api/queries";
import { go, href } from "../../route";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { DropZone } from "../../ui/drop";
import { TextField } from "../../ui/field";
import { FailureNotice } from "../../ui/notice";
import { useWords } from "../../words";
import { Verdicts } from "./verdicts";
import { WebcamButton } from "./webcam-button";

/** Makes somebody known from a name and photographs; without a photograph that serves, nobody. */
export function AddPerson({ onClose, files: given = [] }: { onClose(): void; files?: File[] }) {
  const words = useWords();
  const client = useQueryClient();
  const [files, setFiles] = useState<File[]>(given);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [done, setDone] = useState<{ person: string; result: Schemas["Enrolled"] } | null>(null);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name"));
    setBusy(true);
    setFailure(null);
    try {
      const person = await addPerson(name);
      try {
        const result = files.length
          ? await addPhotographs(person.id, files)
          : { items: [], poor: [], rejected: [] };
        await renewPeople(client);
        if (result.rejected.length || result.poor.length) setDone({ person: person.id, result });
        else leave(person.id);
      } catch (error) {
        await forgetPerson(person.id).catch(() => undefined);
        throw error;
      }
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const leave = (person: string) => {
    onClose();
    go(href(["people", person]));
  };
  return (
    <Dialog title={words.people.add} onClose={onClose}>
      {done ? (
        <>
          <Verdicts result={done.result} />
          <Button className="mt-4" onClick={() => leave(done.person)}>
            {words.people.open}
          </Button>
        </>
      ) : (
        <form onSubmit={send} className="space-y-4">
          <TextField
            label={words.name}
            name="name"
            required
            maxLength={200}
            autoComplete="off"
            autoCapitalize="words"
          />
          <DropZone
            label={files.length ? words.people.chosen(files.length) : words.people.drop}
            multiple
            busy={busy}
            onFiles={(more) => setFiles((before) => [...before, ...more])}
          >
            <p className="mb-3 text-sm text-quiet">{words.people.advice}</p>
          </DropZone>
          <WebcamButton onPhotographs={(more) => setFiles((before) => [...before, ...more])} />
          {failure !== null && <FailureNotice error={failure} />}
          <div className="flex flex-wrap justify-end gap-2">
            <Button look="quiet" onClick={onClose}>
              {words.cancel}
            </Button>
            <Button type="submit" busy={busy}>
              {words.add}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
