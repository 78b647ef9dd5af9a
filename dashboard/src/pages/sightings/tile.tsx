import type { Sighting } from "../../api/queries";
import { href } from "../../route";
import { NameBadge } from "../../ui/badge";
import { Picture } from "../../ui/picture";
import { duration, moment } from "../../ui/times";
import { useWords } from "../../words";

export function pictureOf(sighting: { id: string; has_image: boolean }): string | null {
  return sighting.has_image ? `api/v1/sightings/${sighting.id}/image` : null;
}

/** A sighting as a picture with where and when. */
export function SightingTile({ sighting, note }: { sighting: Sighting; note?: string }) {
  const words = useWords();
  return (
    <a
      href={href(["sightings", sighting.id])}
      className="block overflow-hidden rounded-control border border-line bg-card text-ink no-underline hover:border-accent"
    >
      <Picture path={pictureOf(sighting)} alt="" className="aspect-square w-full" />
      <span className="block p-2 text-sm">
        <span dir="auto" className="block truncate font-semibold">
          {sighting.camera}
        </span>
        <span className="block truncate text-quiet">{moment(words, sighting.first)}</span>
        {note && <span className="block truncate text-quiet">{note}</span>}
      </span>
    </a>
  );
}

export function nameOf(words: ReturnType<typeof useWords>, sighting: Sighting): string {
  if (sighting.person) return sighting.name ?? words.sighting.somebody;
  return sighting.state === "unsure" ? words.sighting.unsure : words.sighting.unknown;
}

/** A sighting as a row: face, name, camera, time. */
export function SightingRow({ sighting, query }: { sighting: Sighting; query: string }) {
  const words = useWords();
  return (
    <a
      href={`${href(["sightings", sighting.id])}${query}`}
      className="flex h-full items-center gap-3 rounded-card border border-line bg-card p-2 text-ink no-underline hover:border-accent"
    >
      <Picture path={pictureOf(sighting)} alt="" className="size-16 shrink-0 rounded-control" />
      <span className="min-w-0 grow">
        <NameBadge state={sighting.state}>{nameOf(words, sighting)}</NameBadge>
        <span className="mt-1 block truncate text-sm text-quiet">
          <span dir="auto">{sighting.camera}</span> · {duration(sighting.last - sighting.first)}
        </span>
      </span>
      <span className="tabular shrink-0 pe-1 text-end text-sm text-quiet">
        {moment(words, sighting.first)}
      </span>
    </a>
  );
}
