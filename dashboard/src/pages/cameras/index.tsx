import { useState } from "react";
import { api, told } from "../../api/client";
import { type Camera, useCameras } from "../../api/queries";
import { useMay } from "../../me";
import { href } from "../../route";
import { ConditionBadge } from "../../ui/badge";
import { Button, LinkButton } from "../../ui/button";
import { Card, PageFrame } from "../../ui/card";
import { FailureNotice, Loading } from "../../ui/notice";
import { RemovalButton } from "../../ui/removal-button";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { AddCamera } from "./add-camera";
import { CameraPage } from "./camera";
import { CameraFigures } from "./figures";
import { NoCamera } from "./no-camera";
import { changeCamera, useCameraChange } from "./queries";

export default function Cameras({ place }: PageProps) {
  const words = useWords();
  const may = useMay();
  const { data, error, refetch } = useCameras();
  const [adding, setAdding] = useState(false);
  const id = place.path[1];
  const one = data?.find((camera) => camera.id === id);
  if (id && one) return <CameraPage key={id} camera={one} />;
  return (
    <PageFrame
      title={words.nav.cameras}
      actions={may("admin") && <Button onClick={() => setAdding(true)}>{words.cameras.add}</Button>}
    >
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && <NoCamera />}
      <ul className="m-0 grid list-none gap-4 p-0 sm:grid-cols-2 xl:grid-cols-3">
        {data?.map((camera) => (
          <li key={camera.id}>
            <CameraCard camera={camera} />
          </li>
        ))}
      </ul>
      {adding && <AddCamera onClose={() => setAdding(false)} />}
    </PageFrame>
  );
}

function CameraCard({ camera }: { camera: Camera }) {
  const words = useWords();
  const may = useMay();
  const change = useCameraChange((enabled: boolean) => changeCamera(camera.id, { enabled }));
  const remove = useCameraChange(() =>
    told(api.DELETE("/api/v1/cameras/{camera}", { params: { path: { camera: camera.id } } })),
  );
  return (
    <Card
      title={
        <a href={href(["cameras", camera.id])} dir="auto" className="text-ink">
          {camera.name}
        </a>
      }
      aside={<ConditionBadge condition={camera.condition} />}
      className="flex h-full flex-col"
    >
      {camera.why && <p className="mb-3 text-sm text-warn">{camera.why}</p>}
      <CameraFigures camera={camera} />
      {camera.address && <p className="mt-3 text-sm break-all text-quiet">{camera.address}</p>}
      <div className="mt-auto flex flex-wrap gap-1 pt-3">
        <LinkButton href={href(["cameras", camera.id])}>{words.cameras.settings}</LinkButton>
        <LinkButton look="quiet" href={href(["now", camera.id])}>
          {words.cameras.watch}
        </LinkButton>
        {may("admin") && (
          <>
            {camera.kind !== "edge" && (
              <Button
                look="quiet"
                busy={change.isPending}
                onClick={() => change.mutate(!camera.enabled)}
              >
                {camera.enabled ? words.cameras.off : words.cameras.on}
              </Button>
            )}
            <RemovalButton
              of="camera"
              name={camera.name}
              onConfirm={() => remove.mutateAsync(undefined)}
            />
          </>
        )}
      </div>
    </Card>
  );
}
