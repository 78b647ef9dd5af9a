import { useState } from "react";
import { api, told } from "../../api/client";
import { useCameras } from "../../api/queries";
import { useMay } from "../../me";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { type Point, rectangle, svgPoints } from "../../ui/polygon";
import { PolygonEditor } from "../../ui/polygon-editor";
import { PolygonForm } from "../../ui/polygon-form";
import { RemovalButton } from "../../ui/removal-button";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";
import { Cones, Label } from "./cones";
import { PlanMap } from "./plan-map";
import { useFences, useMapChange } from "./queries";
import { cornersOf, type Fence, ringOf, type Space } from "./space";

interface Draft {
  fence: Fence | null;
  name: string;
  points: readonly Point[];
}

/** Fences: areas of the plan whose cameras belong together in the rules of alerts. */
export function Areas({ space }: { space: Space }) {
  const words = useWords();
  const may = useMay();
  const { tell } = useToasts();
  const { data: cameras = [] } = useCameras();
  const { data: fences = [] } = useFences();
  const [draft, setDraft] = useState<Draft | null>(null);
  const own = fences.filter(space.holds);
  const write = useMapChange(({ fence, name, points }: Draft) => {
    const body = {
      name,
      ...space.fence,
      geometry: { type: "Polygon" as const, coordinates: [ringOf(space, points)] },
    };
    return told(
      fence
        ? api.PUT("/api/v1/fences/{name}", { params: { path: { name: fence.id } }, body })
        : api.POST("/api/v1/fences", { body }),
    );
  });
  const remove = useMapChange(async (fence: Fence) => {
    await told(api.DELETE("/api/v1/fences/{name}", { params: { path: { name: fence.id } } }));
    tell(words.map.removed(fence.name), () => again.mutate(fence));
  });
  const again = useMapChange(({ id: _, ...body }: Fence) =>
    told(api.POST("/api/v1/fences", { body })),
  );
  const mayDraw = may("sightings:write");
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
      <PlanMap space={space} label={words.map.of(space.name)}>
        {(unit) => (
          <>
            <Cones space={space} cameras={cameras} unit={unit} />
            {own
              .filter((fence) => fence.id !== draft?.fence?.id)
              .map((fence) => (
                <Drawn
                  key={fence.id}
                  name={fence.name}
                  points={cornersOf(space, fence)}
                  unit={unit}
                />
              ))}
            {draft && (
              <PolygonEditor
                points={draft.points}
                size={space.size}
                unit={unit}
                onChange={(points) => setDraft({ ...draft, points })}
              />
            )}
          </>
        )}
      </PlanMap>
      <Card title={draft ? (draft.fence?.name ?? words.map.newFence) : words.map.fences}>
        {draft ? (
          <PolygonForm
            points={draft.points}
            name={draft.name}
            busy={write.isPending}
            onName={(name) => setDraft({ ...draft, name })}
            onPoints={(points) => setDraft({ ...draft, points })}
            onSave={() =>
              write.mutate(draft, {
                onSuccess: () => {
                  tell(words.map.drawn(draft.name));
                  setDraft(null);
                },
              })
            }
            onCancel={() => setDraft(null)}
          />
        ) : (
          <>
            <p className="mb-2 text-sm text-quiet">{words.map.fencesWhat}</p>
            <ul className="m-0 list-none space-y-1 p-0">
              {own.map((fence) => (
                <li key={fence.id} className="flex flex-wrap items-center justify-between gap-2">
                  <span dir="auto" className="min-w-0 truncate">
                    {fence.name}
                  </span>
                  {mayDraw && (
                    <span className="flex">
                      <Button
                        look="quiet"
                        onClick={() =>
                          setDraft({ fence, name: fence.name, points: cornersOf(space, fence) })
                        }
                      >
                        {words.change}
                      </Button>
                      <RemovalButton
                        of="fence"
                        name={fence.name}
                        onConfirm={() => remove.mutateAsync(fence)}
                      />
                    </span>
                  )}
                </li>
              ))}
            </ul>
            {mayDraw && (
              <Button
                className="mt-3"
                onClick={() => setDraft({ fence: null, name: "", points: rectangle(space.size) })}
              >
                {words.map.draw}
              </Button>
            )}
          </>
        )}
      </Card>
    </div>
  );
}

function Drawn({ name, points, unit }: { name: string; points: readonly Point[]; unit: number }) {
  const [x, y] = [0, 1].map(
    (axis) => points.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / points.length,
  ) as [number, number];
  return (
    <g pointerEvents="none">
      <polygon
        points={svgPoints(points)}
        fill="var(--unsure)"
        fillOpacity={0.12}
        stroke="var(--unsure)"
        strokeWidth={2 * unit}
        strokeDasharray={`${6 * unit} ${4 * unit}`}
      />
      <Label at={[x, y]} unit={unit}>
        {name}
      </Label>
    </g>
  );
}
