import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, told } from "../../api/client";
import type { Camera } from "../../api/queries";
import { LiveTile } from "../../live/tile";
import { useMay } from "../../me";
import { href } from "../../route";
import { ConditionBadge } from "../../ui/badge";
import { Button, LinkButton } from "../../ui/button";
import { Card, PageFrame } from "../../ui/card";
import { CheckBox, SelectField, TextField } from "../../ui/field";
import { FailureNotice } from "../../ui/notice";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";
import { DrawnAreas } from "./areas";
import { CameraFigures } from "./figures";
import { CameraFields, type Given, givenOf, Verdict } from "./form";
import { Health } from "./health";
import { type Demand, LivenessField } from "./liveness-field";
import { changeCamera, useCameraChange } from "./queries";

const FPS = 5;
const TURNS = [0, 90, 180, 270] as const;
type Turn = (typeof TURNS)[number];

/** One camera: what it sees now, how it does, what is drawn on its picture, how it is reached. */
export function CameraPage({ camera }: { camera: Camera }) {
  const words = useWords();
  const may = useMay();
  return (
    <PageFrame
      title={camera.name}
      actions={<LinkButton href={href(["cameras"])}>{words.now.allCameras}</LinkButton>}
    >
      <div className="grid gap-4">
        <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div className="overflow-hidden rounded-card border border-line">
            <LiveTile camera={camera} fps={FPS} />
          </div>
          <Card title={words.cameras.state} aside={<ConditionBadge condition={camera.condition} />}>
            {camera.why && <p className="mb-3 text-sm text-warn">{camera.why}</p>}
            <CameraFigures camera={camera} />
            <p className="mt-3">
              <LinkButton
                href={href(["map", "cameras"], { plan: camera.place?.plan ?? undefined })}
              >
                {camera.place ? words.cameras.onMap : words.cameras.toMap}
              </LinkButton>
            </p>
          </Card>
        </div>
        <DrawnAreas camera={camera} />
        <div className="grid gap-4 lg:grid-cols-2">
          {may("admin") &&
            (camera.kind === "edge" ? <OfEdge camera={camera} /> : <Settings camera={camera} />)}
          {may("sightings:read") && <Health camera={camera} />}
        </div>
      </div>
    </PageFrame>
  );
}

/** An edge's camera is set up where it hangs: here it has its name, and what it demands. */
function OfEdge({ camera }: { camera: Camera }) {
  const words = useWords();
  const { tell } = useToasts();
  const [liveness, setLiveness] = useState<Demand>(camera.liveness);
  const change = useCameraChange((name: string) => changeCamera(camera.id, { name, liveness }), {
    inForm: true,
  });
  return (
    <Card title={words.cameras.settings}>
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(String(new FormData(event.currentTarget).get("name")), {
            onSuccess: () => tell(words.cameras.saved),
          });
        }}
      >
        <TextField
          label={words.name}
          hint={words.cameras.ofEdge}
          name="name"
          defaultValue={camera.name}
          maxLength={200}
          required
        />
        <LivenessField value={liveness} onChange={setLiveness} />
        {change.isError && <FailureNotice error={change.error} />}
        <Button type="submit" busy={change.isPending}>
          {words.save}
        </Button>
      </form>
    </Card>
  );
}

function Settings({ camera }: { camera: Camera }) {
  const words = useWords();
  const { tell } = useToasts();
  const [given, setGiven] = useState<Given>(() => givenOf(camera));
  const [rotate, setRotate] = useState<Turn>(camera.rotate as Turn);
  const [flip, setFlip] = useState(camera.flip);
  const [liveness, setLiveness] = useState<Demand>(camera.liveness);
  const change = useCameraChange((body: Schemas["CameraChange"]) => changeCamera(camera.id, body), {
    inForm: true,
  });
  const typed = ({ password, ...rest }: Given) => ({ ...rest, ...(password ? { password } : {}) });
  const look = useMutation({
    mutationFn: () => {
      const { name: _, ...body } = typed(given);
      return told(api.POST("/api/v1/cameras/test", { body: { id: camera.id, ...body } }));
    },
  });
  return (
    <Card title={words.cameras.settings}>
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            { ...typed(given), rotate, flip, liveness },
            { onSuccess: () => tell(words.cameras.saved) },
          );
        }}
      >
        <CameraFields
          given={given}
          hasPassword={camera.has_password}
          onChange={(more) => setGiven((before) => ({ ...before, ...more }))}
        >
          <div className="grid items-end gap-3 sm:grid-cols-2">
            <SelectField
              label={words.cameras.rotate}
              value={rotate}
              onChange={(event) => setRotate(Number(event.target.value) as Turn)}
            >
              {TURNS.map((turn) => (
                <option key={turn} value={turn}>
                  {turn}°
                </option>
              ))}
            </SelectField>
            <CheckBox
              label={words.cameras.flip}
              checked={flip}
              onChange={(event) => setFlip(event.target.checked)}
            />
          </div>
          <LivenessField value={liveness} onChange={setLiveness} />
        </CameraFields>
        {change.isError && <FailureNotice error={change.error} />}
        {look.isError && <FailureNotice error={look.error} />}
        {look.data && <Verdict verdict={look.data} />}
        <div className="flex flex-wrap gap-2">
          <Button look="plain" busy={look.isPending} onClick={() => look.mutate()}>
            {words.cameras.test}
          </Button>
          <Button type="submit" busy={change.isPending}>
            {words.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}
