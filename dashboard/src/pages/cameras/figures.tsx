import type { ReactNode } from "react";
import type { Camera } from "../../api/queries";
import { decimal } from "../../ui/numbers";
import { ago, useNow } from "../../ui/times";
import { useWords } from "../../words";

/** How a camera does, in figures. */
export function CameraFigures({ camera }: { camera: Camera }) {
  const words = useWords();
  const now = useNow();
  return (
    <dl className="m-0 grid grid-cols-2 gap-x-4 gap-y-2 text-sm">
      <Figure label={words.cameras.lastFrame}>
        {camera.last_frame_at === null ? words.person.never : ago(words, camera.last_frame_at, now)}
      </Figure>
      <Figure label={words.cameras.rate}>
        {camera.fps === null ? "–" : `${decimal(words, camera.fps, camera.fps < 10 ? 1 : 0)}/s`}
      </Figure>
      <Figure label={words.cameras.latency}>
        {camera.latency_ms === null ? "–" : `${Math.round(camera.latency_ms)} ms`}
      </Figure>
      <Figure label={words.cameras.size}>
        {camera.width === null ? "–" : `${camera.width} × ${camera.height}`}
      </Figure>
      <Figure label={words.cameras.kind}>{words.cameras.kinds[camera.kind]}</Figure>
      <Figure label={words.cameras.dropped}>{camera.dropped.toLocaleString(words.tag)}</Figure>
    </dl>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-quiet">{label}</dt>
      <dd className="tabular m-0 font-semibold">{children}</dd>
    </div>
  );
}
