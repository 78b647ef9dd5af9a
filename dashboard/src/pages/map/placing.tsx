import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { type Camera, useCameras } from "../../api/queries";
import { useMay } from "../../me";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { NumberField } from "../../ui/field";
import { moved } from "../../ui/polygon";
import { heldBack, pointOf } from "../../ui/polygon-editor";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";
import { Cone, Cones } from "./cones";
import { PlanMap } from "./plan-map";
import { placeCamera, useMapChange } from "./queries";
import { DEFAULT_FOV, type Place, type Space } from "./space";

const TURN_DEG = 5;

interface Draft {
  camera: Camera;
  place: Place;
}

/** Where the cameras stand, and what each of them sees; placed by dragging, by keys, by numbers. */
export function Placing({ space }: { space: Space }) {
  const words = useWords();
  const may = useMay();
  const { tell } = useToasts();
  const { data: cameras = [] } = useCameras();
  const [draft, setDraft] = useState<Draft | null>(null);
  const put = useMapChange(({ camera, place }: { camera: string; place: Place | null }) =>
    placeCamera(camera, place),
  );
  const set = (place: Partial<Place>) =>
    setDraft((before) => before && { ...before, place: { ...before.place, ...place } });
  const save = ({ camera }: Draft, place: Place | null) =>
    put.mutate(
      { camera: camera.id, place },
      {
        onSuccess: () => {
          setDraft(null);
          tell(words.map.placed(camera.name), () =>
            put.mutate({ camera: camera.id, place: camera.place }),
          );
        },
      },
    );
  const begin = (camera: Camera) =>
    setDraft({ camera, place: { ...EMPTY, ...camera.place, ...begun(space, camera) } });
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
      <PlanMap space={space} label={words.map.of(space.name)}>
        {(unit) => (
          <>
            <Cones
              space={space}
              unit={unit}
              cameras={cameras.filter((camera) => camera.id !== draft?.camera.id)}
            />
            {draft && (
              <Movable key={draft.camera.id} space={space} draft={draft} unit={unit} onMove={set} />
            )}
          </>
        )}
      </PlanMap>
      <Card title={draft ? <span dir="auto">{draft.camera.name}</span> : words.nav.cameras}>
        {draft ? (
          <form
            className="space-y-3"
            onSubmit={(event) => {
              event.preventDefault();
              save(draft, draft.place);
            }}
          >
            <p className="text-sm text-quiet">{words.map.placeHow}</p>
            <div className="grid grid-cols-2 gap-3">
              <Numbers space={space} place={draft.place} onChange={set} />
            </div>
            <div className="flex flex-wrap gap-2">
              <Button type="submit" busy={put.isPending}>
                {words.save}
              </Button>
              <Button look="quiet" onClick={() => setDraft(null)}>
                {words.cancel}
              </Button>
              {draft.camera.place && (
                <Button look="danger" busy={put.isPending} onClick={() => save(draft, null)}>
                  {words.map.takeAway}
                </Button>
              )}
            </div>
          </form>
        ) : (
          <ul className="m-0 list-none space-y-1 p-0">
            {cameras.map((camera) => (
              <li key={camera.id} className="flex items-center justify-between gap-2">
                <span dir="auto" className="min-w-0 truncate">
                  {camera.name}
                </span>
                {may("admin") && (
                  <Button
                    look={camera.place && space.pointOf(camera.place) ? "quiet" : "plain"}
                    onClick={() => begin(camera)}
                  >
                    {camera.place && space.pointOf(camera.place) ? words.map.move : words.map.place}
                  </Button>
                )}
              </li>
            ))}
            {cameras.length === 0 && <li className="text-quiet">{words.cameras.none}</li>}
          </ul>
        )}
      </Card>
    </div>
  );
}

const EMPTY: Place = {
  lat: null,
  lon: null,
  plan: null,
  x: null,
  y: null,
  heading_deg: 0,
  fov_deg: DEFAULT_FOV,
  range_m: null,
};

/** A camera that stands nowhere yet begins in the middle. */
function begun(space: Space, { place }: Camera): Partial<Place> {
  const at = place && space.pointOf(place);
  return at ? {} : space.placeAt([space.size[0] / 2, space.size[1] / 2]);
}

interface MovableProps {
  space: Space;
  draft: Draft;
  unit: number;
  onMove(place: Partial<Place>): void;
}

function Movable({ space, draft, unit, onMove }: MovableProps) {
  const words = useWords();
  const [dragged, setDragged] = useState(false);
  const { camera, place } = draft;
  const at = space.pointOf(place);
  if (!at) return null;
  const heading = place.heading_deg ?? 0;
  const drag = (event: PointerEvent<SVGElement>) => {
    const point = dragged ? pointOf(event, space.size) : null;
    if (point) onMove(space.placeAt(point));
  };
  const press = (event: KeyboardEvent) => {
    const next = moved(at, event.key, event.shiftKey, space.size);
    const turn = { PageUp: -TURN_DEG, PageDown: TURN_DEG }[event.key];
    if (!next && !turn) return;
    event.preventDefault();
    event.stopPropagation();
    if (next) onMove(space.placeAt(next));
    if (turn) onMove({ heading_deg: (heading + turn + 360) % 360 });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a camera on an SVG is no <button>
    <g
      role="button"
      tabIndex={0}
      aria-label={words.map.cameraAt(
        camera.name,
        Math.round((at[0] / space.size[0]) * 100),
        Math.round((at[1] / space.size[1]) * 100),
        heading,
      )}
      style={{ cursor: "move", touchAction: "none", pointerEvents: "auto" }}
      {...heldBack}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragged(true);
      }}
      onPointerMove={drag}
      onPointerUp={() => setDragged(false)}
      onPointerCancel={() => setDragged(false)}
      onKeyDown={press}
    >
      <Cone space={space} name={camera.name} place={place} unit={unit} chosen />
    </g>
  );
}

/** The same place as numbers. */
function Numbers({
  space,
  place,
  onChange,
}: {
  space: Space;
  place: Place;
  onChange(place: Partial<Place>): void;
}) {
  const words = useWords();
  const onPlan = space.fence.space === "plan";
  return (
    <>
      {onPlan ? (
        <>
          <NumberField
            label={words.map.x}
            value={percent(place.x)}
            min={0}
            max={100}
            step={0.1}
            required
            onNumber={(x) => onChange({ x: (x ?? 0) / 100 })}
          />
          <NumberField
            label={words.map.y}
            value={percent(place.y)}
            min={0}
            max={100}
            step={0.1}
            required
            onNumber={(y) => onChange({ y: (y ?? 0) / 100 })}
          />
        </>
      ) : (
        <>
          <NumberField
            label={words.map.lat}
            value={place.lat ?? null}
            min={-90}
            max={90}
            step="any"
            required
            onNumber={(lat) => onChange({ lat })}
          />
          <NumberField
            label={words.map.lon}
            value={place.lon ?? null}
            min={-180}
            max={180}
            step="any"
            required
            onNumber={(lon) => onChange({ lon })}
          />
        </>
      )}
      <NumberField
        label={words.map.heading}
        value={place.heading_deg ?? null}
        min={0}
        max={360}
        onNumber={(heading_deg) => onChange({ heading_deg })}
      />
      <NumberField
        label={words.map.fov}
        value={place.fov_deg ?? null}
        min={1}
        max={360}
        onNumber={(fov_deg) => onChange({ fov_deg })}
      />
      <NumberField
        label={words.map.range}
        value={place.range_m ?? null}
        min={0.5}
        max={10_000}
        step={0.5}
        onNumber={(range_m) => onChange({ range_m })}
      />
    </>
  );
}

function percent(share: number | null | undefined): number | null {
  return share == null ? null : Math.round(share * 1000) / 10;
}
