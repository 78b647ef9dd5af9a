import { useState } from "react";
import { api, told } from "../../api/client";
import type { Camera } from "../../api/queries";
import { useMay, useWholeSite } from "../../me";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { type Point, rectangle, svgPoints } from "../../ui/polygon";
import { PolygonEditor } from "../../ui/polygon-editor";
import { PolygonForm } from "../../ui/polygon-form";
import { RemovalButton } from "../../ui/removal-button";
import { useWords } from "../../words";
import { PictureEditor, scaled, shares } from "./picture-editor";
import { changeCamera, useCameraChange, useZones, type Zone } from "./queries";
import { asSent, asShown } from "./turning";

type Draft =
  | { kind: "zone"; zone: Zone | null; name: string; points: readonly Point[] }
  | { kind: "mask"; index: number | null; points: readonly Point[] };

/** What is drawn on a camera's picture: zones for alerts, and masks that hide what is nobody's
 * business. Points of a draft are shares of the picture as it is shown. */
export function DrawnAreas({ camera }: { camera: Camera }) {
  const words = useWords();
  const may = useMay();
  const wholeSite = useWholeSite();
  const [draft, setDraft] = useState<Draft | null>(null);
  const { data: all = [] } = useZones(may("sightings:read") && wholeSite);
  const zones = all.filter((zone) => zone.camera === camera.id);
  const masks = camera.privacy_masks;
  const write = useCameraChange(async (given: Draft) => {
    const polygon = shares(given.points, ONE);
    if (given.kind === "mask") {
      const sent = polygon.map((point) => [...asSent(camera, point)] as [number, number]);
      const next =
        given.index === null
          ? [...masks, sent]
          : masks.map((mask, index) => (index === given.index ? sent : mask));
      return changeCamera(camera.id, { privacy_masks: next });
    }
    const body = { name: given.name, camera: camera.id, polygon };
    return told(
      given.zone
        ? api.PUT("/api/v1/zones/{name}", { params: { path: { name: given.zone.id } }, body })
        : api.POST("/api/v1/zones", { body }),
    );
  });
  const removeMask = useCameraChange((index: number) =>
    changeCamera(camera.id, { privacy_masks: masks.filter((_, at) => at !== index) }),
  );
  const removeZone = useCameraChange((zone: Zone) =>
    told(api.DELETE("/api/v1/zones/{name}", { params: { path: { name: zone.id } } })),
  );
  const mayMask = may("admin") && camera.kind !== "edge";
  const mayZone = may("sightings:write") && wholeSite;
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="min-w-0">
        <PictureEditor camera={camera}>
          {(size, unit) => (
            <>
              {masks.map((mask, index) => (
                <Shape
                  // biome-ignore lint/suspicious/noArrayIndexKey: a mask has no other name
                  key={index}
                  points={scaled(
                    mask.map((point) => asShown(camera, point as [number, number])),
                    size,
                  )}
                  colour="var(--warn)"
                  unit={unit}
                />
              ))}
              {zones.map((zone) => (
                <Shape
                  key={zone.id}
                  points={scaled(zone.polygon as [number, number][], size)}
                  colour={zone.colour ?? "var(--unsure)"}
                  unit={unit}
                />
              ))}
              {draft && (
                <PolygonEditor
                  points={scaled(draft.points, size)}
                  size={size}
                  unit={unit}
                  onChange={(points) => setDraft({ ...draft, points: shares(points, size) })}
                />
              )}
            </>
          )}
        </PictureEditor>
      </div>
      <Card title={draft ? words.cameras.drawing[draft.kind] : words.cameras.areas}>
        {draft ? (
          <PolygonForm
            points={draft.points}
            name={draft.kind === "zone" ? draft.name : null}
            busy={write.isPending}
            onName={(name) => draft.kind === "zone" && setDraft({ ...draft, name })}
            onPoints={(points) => setDraft({ ...draft, points })}
            onSave={() => write.mutate(draft, { onSuccess: () => setDraft(null) })}
            onCancel={() => setDraft(null)}
          />
        ) : (
          <>
            <AreaList
              title={words.cameras.zones}
              what={words.cameras.zonesWhat}
              names={zones.map((zone) => zone.name)}
              add={words.cameras.addZone}
              mayChange={mayZone}
              onAdd={() => setDraft({ kind: "zone", zone: null, name: "", points: rectangle(ONE) })}
              onEdit={(index) => {
                const zone = zones[index];
                if (!zone) return;
                const points = zone.polygon as [number, number][];
                setDraft({ kind: "zone", zone, name: zone.name, points });
              }}
              of="zone"
              onRemove={async (index) => zones[index] && removeZone.mutateAsync(zones[index])}
            />
            <AreaList
              title={words.cameras.masks}
              what={camera.kind === "edge" ? words.cameras.masksOfEdge : words.cameras.masksWhat}
              names={masks.map((_, index) => words.cameras.mask(index + 1))}
              add={words.cameras.addMask}
              mayChange={mayMask}
              onAdd={() => setDraft({ kind: "mask", index: null, points: rectangle(ONE) })}
              onEdit={(index) => {
                const mask = masks[index] ?? [];
                const points = mask.map((point) => asShown(camera, point as [number, number]));
                setDraft({ kind: "mask", index, points });
              }}
              of="mask"
              onRemove={(index) => removeMask.mutateAsync(index)}
            />
          </>
        )}
      </Card>
    </div>
  );
}

const ONE: Point = [1, 1];

function Shape({
  points,
  colour,
  unit,
}: {
  points: readonly Point[];
  colour: string;
  unit: number;
}) {
  return (
    <polygon
      points={svgPoints(points)}
      fill={colour}
      fillOpacity={0.2}
      stroke={colour}
      strokeWidth={2 * unit}
      pointerEvents="none"
    />
  );
}

interface ListProps {
  title: string;
  what: string;
  names: readonly string[];
  add: string;
  mayChange: boolean;
  onAdd(): void;
  onEdit(index: number): void;
  of: "zone" | "mask";
  onRemove(index: number): Promise<unknown>;
}

function AreaList({ title, what, names, add, mayChange, onAdd, onEdit, of, onRemove }: ListProps) {
  const words = useWords();
  return (
    <section className="mb-4 last:mb-0">
      <h3 className="m-0 font-semibold">{title}</h3>
      <p className="text-sm text-quiet">{what}</p>
      <ul className="m-0 list-none p-0">
        {names.map((name, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two may have one name
          <li key={index} className="flex items-center justify-between gap-2">
            <span dir="auto" className="min-w-0 truncate">
              {name}
            </span>
            {mayChange && (
              <span className="flex shrink-0">
                <Button look="quiet" onClick={() => onEdit(index)}>
                  {words.change}
                </Button>
                <RemovalButton of={of} name={name} onConfirm={() => onRemove(index)} />
              </span>
            )}
          </li>
        ))}
      </ul>
      {mayChange && (
        <Button look="plain" className="mt-1" onClick={onAdd}>
          {add}
        </Button>
      )}
    </section>
  );
}
