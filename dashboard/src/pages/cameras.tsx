import { type Camera, useCameras } from "../api/queries";
import { ConditionBadge } from "../ui/badge";
import { Card, PageFrame } from "../ui/card";
import { FailureNotice, Loading, Nothing } from "../ui/notice";
import { ago, useNow } from "../ui/times";
import { useWords } from "../words";

export default function Cameras() {
  const words = useWords();
  const { data, error, refetch } = useCameras();
  return (
    <PageFrame title={words.nav.cameras}>
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && (
        <Nothing title={words.cameras.none}>
          <p>{words.cameras.how}</p>
          <code className="mt-3 block rounded-control border border-line bg-card p-3 text-start text-sm text-ink">
            lookout edge --serverIP {window.location.hostname || "localhost"}
          </code>
        </Nothing>
      )}
      <ul className="m-0 grid list-none gap-4 p-0 sm:grid-cols-2 xl:grid-cols-3">
        {data?.map((camera) => (
          <li key={camera.name}>
            <CameraCard camera={camera} />
          </li>
        ))}
      </ul>
    </PageFrame>
  );
}

function CameraCard({ camera }: { camera: Camera }) {
  const words = useWords();
  const now = useNow();
  return (
    <Card
      title={<span dir="auto">{camera.name}</span>}
      aside={<ConditionBadge condition={camera.condition} />}
      className="h-full"
    >
      <dl className="m-0 grid grid-cols-2 gap-x-4 gap-y-2 text-sm">
        <Figure label={words.cameras.lastFrame}>{ago(words, camera.last_frame_at, now)}</Figure>
        <Figure label={words.cameras.latency}>
          {camera.latency_ms === null ? "–" : `${Math.round(camera.latency_ms)} ms`}
        </Figure>
        <Figure label={words.cameras.frames}>{camera.frames.toLocaleString(words.tag)}</Figure>
        <Figure label={words.cameras.dropped}>{camera.dropped.toLocaleString(words.tag)}</Figure>
      </dl>
    </Card>
  );
}

function Figure({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-quiet">{label}</dt>
      <dd className="tabular m-0 font-semibold">{children}</dd>
    </div>
  );
}
