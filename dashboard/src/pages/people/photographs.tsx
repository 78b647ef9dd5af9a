import { useState } from "react";
import { deleteSample, moveSamples } from "../../api/changes";
import { type Sample, useChange, useSamples } from "../../api/queries";
import { useMay } from "../../me";
import { Card } from "../../ui/card";
import { Dialog } from "../../ui/dialog";
import { FailureNotice, Loading } from "../../ui/notice";
import { PersonPicker } from "../../ui/person-picker";
import { Picture } from "../../ui/picture";
import { RemovalButton } from "../../ui/removal-button";
import { fullMoment } from "../../ui/times";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";

/** What recognition compares with: the photographs of a person, each with its verdict. */
export function Photographs({ person }: { person: string }) {
  const words = useWords();
  const { data, error, refetch } = useSamples(person);
  const [open, setOpen] = useState<Sample | null>(null);
  const fromFile = data?.items.filter((sample) => !sample.has_image).length ?? 0;
  return (
    <Card
      title={words.person.photographs}
      aside={data && <span className="text-sm text-quiet">{data.items.length}</span>}
    >
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.items.length === 1 && data.items[0]?.poor && (
        <p className="mb-3 rounded-control border border-warn bg-warn-ground px-3 py-2">
          {words.person.onlyPoor}
        </p>
      )}
      {data?.items.length === 0 && <p className="text-warn">{words.person.noPhotographs}</p>}
      <ul className="m-0 grid list-none grid-cols-3 gap-3 p-0 sm:grid-cols-5 xl:grid-cols-7">
        {data?.items
          .filter((sample) => sample.has_image)
          .map((sample) => (
            <li key={sample.id} className="min-w-0">
              <button
                type="button"
                onClick={() => setOpen(sample)}
                aria-label={words.person.openPhotograph(quality(words, sample))}
                className={`block w-full overflow-hidden rounded-control border hover:border-accent ${sample.poor ? "border-dashed border-warn" : "border-line"}`}
              >
                <Picture
                  path={`api/v1/samples/${sample.id}/image`}
                  alt=""
                  className="aspect-square w-full"
                />
                <span className="block truncate px-2 py-1 text-start text-sm text-quiet">
                  {quality(words, sample)}
                </span>
              </button>
            </li>
          ))}
      </ul>
      {fromFile > 0 && <p className="mt-3 text-sm text-quiet">{words.person.fromFile(fromFile)}</p>}
      {open && <Photograph sample={open} person={person} onClose={() => setOpen(null)} />}
    </Card>
  );
}

function quality(words: ReturnType<typeof useWords>, sample: Sample): string {
  if (sample.poor) return words.person.poor;
  if (sample.quality === null) return words.quality.unknown;
  if (sample.quality >= 0.66) return words.quality.good;
  return sample.quality >= 0.33 ? words.quality.fair : words.quality.poor;
}

function Photograph({
  sample,
  person,
  onClose,
}: {
  sample: Sample;
  person: string;
  onClose(): void;
}) {
  const words = useWords();
  const may = useMay();
  const { tell } = useToasts();
  const remove = useChange(async () => {
    await deleteSample(sample.id);
    onClose(); // it is gone with what it shows
  });
  const move = useChange((to: string) => moveSamples([sample.id], to));
  const back = useChange(() => moveSamples([sample.id], person));
  return (
    <Dialog title={words.person.photograph} onClose={onClose}>
      <Picture
        path={`api/v1/samples/${sample.id}/image`}
        alt={words.person.photograph}
        className="mx-auto aspect-square w-64 rounded-control"
      />
      <p className="my-3 text-center text-sm text-quiet">
        {quality(words, sample)} · {words.origin(sample.origin)} ·{" "}
        {fullMoment(words, sample.created_at)}
      </p>
      {may("people:write") && (
        <div className="min-h-72 space-y-3">
          <PersonPicker
            label={words.person.moveTo}
            without={person}
            busy={move.isPending}
            onChoose={(choice) =>
              choice.kind === "person" &&
              move.mutate(choice.person.id, {
                onSuccess: () => {
                  onClose();
                  tell(words.person.moved(choice.person.name), () => back.mutate(undefined));
                },
              })
            }
          />
          <RemovalButton
            of="photograph"
            look="danger"
            onConfirm={() => remove.mutateAsync(undefined)}
          />
        </div>
      )}
    </Dialog>
  );
}
