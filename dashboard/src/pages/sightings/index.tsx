import { useCallback } from "react";
import { flat, type SightingFilter, useCameras, usePerson, useSightings } from "../../api/queries";
import { useMay } from "../../me";
import { go, href } from "../../route";
import { isState } from "../../ui/badge";
import { Button } from "../../ui/button";
import { PageFrame } from "../../ui/card";
import { SelectField } from "../../ui/field";
import { Grid } from "../../ui/grid";
import { FailureNotice, Loading, Nothing } from "../../ui/notice";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { SightingDialog } from "./card";
import { SightingRow } from "./tile";

const PERIODS_S = { day: 86_400, week: 7 * 86_400, month: 30 * 86_400 } as const;
type Period = keyof typeof PERIODS_S;
const STATES = ["known", "unknown", "unsure"] as const;
const HOUR_S = 3600;

/** The filter that an address stands for; times are whole hours, so that it stays one question. */
export function filterOf(query: URLSearchParams, nowS: number): SightingFilter {
  const state = query.get("state") ?? "";
  const period = query.get("period") ?? "";
  const person = query.get("person");
  const camera = query.get("camera");
  return {
    ...(person ? { person } : {}),
    ...(camera ? { camera } : {}),
    ...(isState(state) ? { state } : {}),
    ...(period in PERIODS_S
      ? { since: Math.floor(nowS / HOUR_S) * HOUR_S - PERIODS_S[period as Period] }
      : {}),
  };
}

export default function Sightings({ place }: PageProps) {
  const words = useWords();
  const { query } = place;
  const which = filterOf(query, Date.now() / 1000);
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    useSightings(which);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const sightings = flat(data);
  const search = query.toString();
  const suffix = search ? `?${search}` : "";
  const filtered = search !== "";
  return (
    <PageFrame title={words.nav.sightings}>
      <Filters query={query} />
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && sightings.length === 0 && (
        <Nothing title={filtered ? words.sightings.noneSo : words.sightings.none}>
          {filtered ? words.sightings.filterLess : words.sightings.how}
        </Nothing>
      )}
      <Grid
        items={sightings}
        keyOf={(sighting) => sighting.id}
        tileWidth={0}
        heightOf={() => 96}
        onEnd={more}
        label={words.nav.sightings}
      >
        {(sighting) => <SightingRow sighting={sighting} query={suffix} />}
      </Grid>
      {place.path[1] && (
        <SightingDialog
          key={place.path[1]}
          id={place.path[1]}
          onClose={() => go(`${href(["sightings"])}${suffix}`, true)}
        />
      )}
    </PageFrame>
  );
}

function Filters({ query }: { query: URLSearchParams }) {
  const words = useWords();
  const may = useMay();
  const { data: cameras } = useCameras(may("cameras:read"));
  const set = (name: string, value: string) => {
    const next = Object.fromEntries(query);
    go(href(["sightings"], { ...next, [name]: value }), true);
  };
  const names = new Set(cameras?.map((camera) => camera.name));
  const chosen = query.get("camera");
  if (chosen) names.add(chosen);
  const person = query.get("person");
  return (
    <search className="mb-4 block">
      <div className="grid grid-cols-2 gap-2 sm:max-w-2xl sm:grid-cols-3">
        <SelectField
          label={words.sightings.state}
          value={query.get("state") ?? ""}
          onChange={(event) => set("state", event.target.value)}
        >
          <option value="">{words.sightings.all}</option>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {words.states[state]}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={words.sightings.camera}
          value={chosen ?? ""}
          onChange={(event) => set("camera", event.target.value)}
        >
          <option value="">{words.sightings.all}</option>
          {[...names].sort().map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <SelectField
          label={words.sightings.period}
          value={query.get("period") ?? ""}
          onChange={(event) => set("period", event.target.value)}
        >
          <option value="">{words.sightings.anyTime}</option>
          {(Object.keys(PERIODS_S) as Period[]).map((period) => (
            <option key={period} value={period}>
              {words.sightings.periods[period]}
            </option>
          ))}
        </SelectField>
      </div>
      {person && <OnlyOf person={person} drop={() => set("person", "")} />}
    </search>
  );
}

function OnlyOf({ person, drop }: { person: string; drop(): void }) {
  const words = useWords();
  const { data } = usePerson(person);
  return (
    <p className="mt-3 flex flex-wrap items-center gap-2">
      <span dir="auto">{words.sightings.onlyOf(data?.name ?? "…")}</span>
      <Button look="plain" onClick={drop}>
        {words.sightings.ofAll}
      </Button>
    </p>
  );
}
