import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { recognize, searchByFace } from "../api/changes";
import type { Schemas } from "../api/client";
import { useMay } from "../me";
import { Button } from "../ui/button";
import { pictureOf } from "../ui/canvas";
import { Card, PageFrame } from "../ui/card";
import { DropZone } from "../ui/drop";
import { FailureNotice, Loading, Nothing } from "../ui/notice";
import { decimal } from "../ui/numbers";
import { useObjectUrl } from "../ui/picture";
import { useWords } from "../words";
import { AddPerson } from "./people/add-person";
import { SightingTile } from "./sightings/tile";

type Face = Schemas["FaceOut"];
type Recognition = Schemas["Recognition"];

export default function Search() {
  const words = useWords();
  const may = useMay();
  const [file, setFile] = useState<File | null>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const [adding, setAdding] = useState(false);
  const search = useMutation({
    mutationFn: async ({ file, face }: { file: File; face: Face | null }) =>
      searchByFace(face ? await cutOut(file, face.box_xyxy) : file),
  });
  const look = useMutation({
    mutationFn: recognize,
    onSuccess: (found, given) => {
      const only = found.faces.length === 1;
      setChosen(only ? 0 : null);
      if (only) search.mutate({ file: given as File, face: null });
    },
  });
  const begin = ([given]: File[]) => {
    if (!given) return;
    setFile(given);
    setChosen(null);
    search.reset();
    look.mutate(given);
  };
  const faces = look.data?.faces ?? [];
  return (
    <PageFrame
      title={words.nav.search}
      actions={
        file &&
        may("people:write") &&
        faces.length === 1 && (
          <Button onClick={() => setAdding(true)}>{words.search.remember}</Button>
        )
      }
    >
      <div className="grid gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <div className="space-y-4">
          <DropZone label={words.search.drop} busy={look.isPending} onFiles={begin} />
          {file && look.data && (
            <Faces
              file={file}
              found={look.data}
              chosen={chosen}
              onChoose={(index) => {
                setChosen(index);
                search.mutate({ file, face: faces[index] ?? null });
              }}
            />
          )}
        </div>
        <div className="min-w-0" aria-live="polite">
          {look.error && <FailureNotice error={look.error} />}
          {search.error && <FailureNotice error={search.error} />}
          {(look.isPending || search.isPending) && <Loading />}
          {look.data && faces.length === 0 && (
            <Nothing title={words.search.noFace}>{words.search.noFaceWhy}</Nothing>
          )}
          {faces.length > 1 && chosen === null && (
            <Nothing title={words.search.choose(faces.length)}>{words.search.chooseHow}</Nothing>
          )}
          {search.data && <Found result={search.data} />}
          {!file && <Nothing title={words.search.title}>{words.search.how}</Nothing>}
        </div>
      </div>
      {adding && file && <AddPerson files={[file]} onClose={() => setAdding(false)} />}
    </PageFrame>
  );
}

function Faces({
  file,
  found,
  chosen,
  onChoose,
}: {
  file: File;
  found: Recognition;
  chosen: number | null;
  onChoose(index: number): void;
}) {
  const words = useWords();
  const url = useObjectUrl(file);
  const [width, height] = found.size_wh;
  const share = (value: number, of: number) => `${(value / of) * 100}%`;
  return (
    <div className="relative overflow-hidden rounded-card border border-line">
      {url && <img src={url} alt={words.search.picture} className="block w-full" />}
      {found.faces.map((face, index) => {
        const [x0, y0, x1, y1] = face.box_xyxy as [number, number, number, number];
        return (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: faces have no other name
            key={index}
            type="button"
            aria-pressed={chosen === index}
            aria-label={face.person?.name ?? words.search.face(index + 1)}
            onClick={() => onChoose(index)}
            className={`absolute rounded-md border-3 ${chosen === index ? "border-accent" : "border-white"} shadow-[0_0_0_1px_#000]`}
            style={{
              left: share(x0, width),
              top: share(y0, height),
              width: share(x1 - x0, width),
              height: share(y1 - y0, height),
            }}
          />
        );
      })}
    </div>
  );
}

function Found({ result }: { result: Schemas["SearchResult"] }) {
  const words = useWords();
  if (result.items.length === 0) {
    return <Nothing title={words.search.nothing}>{words.search.searched(result.searched)}</Nothing>;
  }
  const days = byDay(words.tag, result.items);
  return (
    <div className="space-y-4">
      <p className="text-quiet">{words.search.found(result.items.length, result.searched)}</p>
      {days.map(([day, items]) => (
        <Card key={day} title={day}>
          <ul className="m-0 grid list-none grid-cols-2 gap-3 p-0 sm:grid-cols-4 xl:grid-cols-5">
            {items.map((hit) => (
              <li key={hit.sighting.id} className="min-w-0">
                <SightingTile
                  sighting={hit.sighting}
                  note={
                    hit.sighting.name ?? words.decision.distance(decimal(words, hit.distance, 2))
                  }
                />
              </li>
            ))}
          </ul>
        </Card>
      ))}
    </div>
  );
}

type Hit = Schemas["Found"];

/** Hits by the day on which they were seen, the latest day first, and in a day the latest first. */
export function byDay(tag: string, hits: readonly Hit[]): [string, Hit[]][] {
  const format = new Intl.DateTimeFormat(tag, { dateStyle: "full" });
  const days = new Map<string, Hit[]>();
  for (const hit of [...hits].sort((a, b) => b.sighting.first - a.sighting.first)) {
    const day = format.format(hit.sighting.first * 1000);
    days.set(day, [...(days.get(day) ?? []), hit]);
  }
  return [...days];
}

const AROUND = 0.6;
const JPEG_QUALITY = 0.95;

/** The part of a picture around one face, so that this face is the one that is searched for. */
async function cutOut(file: File, box: readonly number[]): Promise<Blob> {
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = box;
  const image = await createImageBitmap(file);
  const [dx, dy] = [(x1 - x0) * AROUND, (y1 - y0) * AROUND];
  const left = Math.max(0, Math.floor(x0 - dx));
  const top = Math.max(0, Math.floor(y0 - dy));
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(image.width, Math.ceil(x1 + dx)) - left;
  canvas.height = Math.min(image.height, Math.ceil(y1 + dy)) - top;
  canvas.getContext("2d")?.drawImage(image, -left, -top);
  image.close();
  return pictureOf(canvas, "image/jpeg", JPEG_QUALITY);
}
