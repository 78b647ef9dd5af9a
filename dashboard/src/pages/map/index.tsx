import { type FormEvent, useState } from "react";
import { useCameras } from "../../api/queries";
import { useMay, useWholeSite } from "../../me";
import { go, href, type Place } from "../../route";
import { Button, FileButton } from "../../ui/button";
import { PageFrame } from "../../ui/card";
import { Dialog } from "../../ui/dialog";
import { PICTURES } from "../../ui/drop";
import { SelectField, TextField } from "../../ui/field";
import { FailureNotice, Loading, Nothing } from "../../ui/notice";
import { RemovalButton } from "../../ui/removal-button";
import { type Tab, TabbedPage } from "../../ui/tabbed-page";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { Areas } from "./areas";
import { emptyPlan } from "./empty-plan";
import { Flow } from "./flow";
import { Heat } from "./heat";
import { Placing } from "./placing";
import { addPlan, deletePlan, useFences, useMapChange, usePlans } from "./queries";
import { type Space, spaceOfPlan, spaceOfWorld } from "./space";
import { Ways } from "./ways";

type TabName = "cameras" | "areas" | "ways" | "heat" | "flow";

export default function MapPage({ place }: PageProps) {
  const words = useWords();
  const may = useMay();
  const wholeSite = useWholeSite();
  const { spaces, error, refetch } = useSpaces();
  const [adding, setAdding] = useState(false);
  const space = spaces?.find((one) => one.id === place.query.get("plan")) ?? spaces?.[0];
  if (!space) {
    return (
      <PageFrame title={words.nav.map}>
        {error && <FailureNotice error={error} retry={refetch} />}
        {!spaces && !error && <Loading />}
        {spaces && (
          <Nothing title={words.map.none}>
            <p>{words.map.how}</p>
            {may("admin") && (
              <Button className="mt-4" onClick={() => setAdding(true)}>
                {words.map.add}
              </Button>
            )}
          </Nothing>
        )}
        {adding && <AddPlan onClose={() => setAdding(false)} />}
      </PageFrame>
    );
  }
  const tabs: Tab<TabName>[] = [
    { name: "cameras", rights: ["cameras:read"], body: <Placing key={space.id} space={space} /> },
  ];
  if (wholeSite) {
    tabs.push(
      { name: "areas", rights: ["sightings:read"], body: <Areas key={space.id} space={space} /> },
      {
        name: "ways",
        rights: ["sightings:read"],
        body: may("people:read") && (
          <Ways key={space.id} space={space} person={place.query.get("person")} />
        ),
      },
      { name: "heat", rights: ["sightings:read"], body: <Heat key={space.id} space={space} /> },
      { name: "flow", rights: ["sightings:read"], body: <Flow key={space.id} space={space} /> },
    );
  }
  return (
    <>
      <TabbedPage
        page="map"
        title={words.nav.map}
        tabs={tabs}
        labels={words.map.tabs}
        wanted={place.path[1]}
        query={{ plan: space.id }}
        actions={
          <Plans spaces={spaces ?? []} space={space} place={place} onAdd={() => setAdding(true)} />
        }
      />
      {adding && <AddPlan onClose={() => setAdding(false)} />}
    </>
  );
}

function useSpaces() {
  const words = useWords();
  const may = useMay();
  const wholeSite = useWholeSite();
  const { data: plans, error, refetch } = usePlans();
  const { data: cameras } = useCameras();
  const { data: fences = [] } = useFences(may("sightings:read") && wholeSite);
  if (!plans || !cameras) return { spaces: null, error, refetch: () => void refetch() };
  const world = spaceOfWorld(words.map.world, cameras, fences);
  const spaces: Space[] = [...plans.map(spaceOfPlan), ...(world ? [world] : [])];
  return { spaces, error, refetch: () => void refetch() };
}

interface PlansProps {
  spaces: readonly Space[];
  space: Space;
  place: Place;
  onAdd(): void;
}

function Plans({ spaces, space, place, onAdd }: PlansProps) {
  const words = useWords();
  const may = useMay();
  const remove = useMapChange(() => deletePlan(space.id));
  return (
    <>
      {spaces.length > 1 && (
        <SelectField
          label={words.map.plan}
          hideLabel
          value={space.id}
          onChange={(event) =>
            go(
              href(place.path, {
                ...Object.fromEntries(place.query),
                plan: event.target.value,
              }),
              true,
            )
          }
        >
          {spaces.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </SelectField>
      )}
      {may("admin") && (
        <>
          <Button look="plain" onClick={onAdd}>
            {words.map.add}
          </Button>
          {space.image !== null && (
            <RemovalButton
              of="plan"
              name={space.name}
              label={words.map.deletePlan}
              onConfirm={() => remove.mutateAsync(undefined)}
            />
          )}
        </>
      )}
    </>
  );
}

function AddPlan({ onClose }: { onClose(): void }) {
  const words = useWords();
  const [file, setFile] = useState<File | null>(null);
  const add = useMapChange(
    async ({ name, width }: { name: string; width: number | null }) =>
      addPlan(file ?? (await emptyPlan()), name, width),
    { inForm: true },
  );
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const width = Number(form.get("width"));
    add.mutate(
      { name: String(form.get("name")), width: width > 0 ? width : null },
      {
        onSuccess: (plan) => {
          onClose();
          go(href(["map", "cameras"], { plan: plan.id }), true);
        },
      },
    );
  };
  return (
    <Dialog title={words.map.add} onClose={onClose}>
      <form onSubmit={send} className="space-y-3">
        <TextField label={words.name} name="name" maxLength={200} required />
        <TextField
          label={words.map.width}
          hint={words.map.widthHint}
          name="width"
          type="number"
          min={1}
          step="any"
        />
        <div className="flex flex-wrap items-center gap-3">
          <FileButton
            label={words.map.picture}
            accept={PICTURES}
            onFiles={([chosen]) => setFile(chosen ?? null)}
          />
          <span dir="auto" className="min-w-0 truncate text-quiet">
            {file?.name ?? words.map.empty}
          </span>
        </div>
        {add.isError && <FailureNotice error={add.error} />}
        <Button type="submit" busy={add.isPending}>
          {words.add}
        </Button>
      </form>
    </Dialog>
  );
}
