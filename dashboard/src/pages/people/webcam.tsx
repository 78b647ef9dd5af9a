import { useEffect, useRef, useState } from "react";
import { recognize } from "../../api/changes";
import { Button } from "../../ui/button";
import { pictureOf } from "../../ui/canvas";
import { FailureNotice } from "../../ui/notice";
import { useObjectUrl } from "../../ui/picture";
import { useWords } from "../../words";
import { guide, type Hint, VIEWS } from "./guidance";

const LOOK_WIDTH = 640;
const PAUSE_MS = 400;
const JPEG_QUALITY = 0.92;

/**
 * Takes the photographs of a person by the camera of this device: it looks again and again, says
 * what to do, and takes each view when it is good. What it looks at is kept nowhere.
 */
export function Webcam({ onPhotographs }: { onPhotographs(files: File[]): void }) {
  const words = useWords();
  const video = useRef<HTMLVideoElement>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [hint, setHint] = useState<Hint | null>(null);
  const [taken, setTaken] = useState<readonly File[]>([]);
  const view = VIEWS[taken.length];
  const ready = useStream(video, setFailure);
  useEffect(() => {
    if (!ready || !view || !video.current) return;
    const player = video.current;
    const over = new AbortController();
    const look = async () => {
      while (!over.signal.aborted) {
        const found = await recognize(await still(player, LOOK_WIDTH));
        if (over.signal.aborted) return;
        const said = guide(found.faces, found.size_wh, view);
        setHint(said);
        if (said === "good") {
          const shot = await still(player, player.videoWidth);
          setTaken((before) => [...before, new File([shot], `${view}.jpg`, { type: shot.type })]);
          return;
        }
        await new Promise((wake) => setTimeout(wake, PAUSE_MS));
      }
    };
    look().catch((error: unknown) => !over.signal.aborted && setFailure(error));
    return () => over.abort();
  }, [ready, view]);
  return (
    <div className="space-y-3">
      <div className="relative overflow-hidden rounded-card bg-[#0b0d0c]">
        <video
          ref={video}
          muted
          playsInline
          className="block aspect-video w-full -scale-x-100 object-contain"
        />
        <p
          role="status"
          className="absolute inset-x-0 bottom-0 bg-black/70 p-3 text-center text-lg font-semibold text-white"
        >
          {view ? words.webcam.hints[hint ?? "wait"] : words.webcam.all}
        </p>
      </div>
      <ol className="m-0 grid list-none grid-cols-3 gap-2 p-0">
        {VIEWS.map((one, index) => (
          <li key={one} className="text-center text-sm">
            <Shot file={taken[index] ?? null} current={one === view} />
            {words.webcam.views[one]}
          </li>
        ))}
      </ol>
      {failure !== null && <Refusal error={failure} />}
      <div className="flex flex-wrap justify-end gap-2">
        {taken.length > 0 && (
          <Button look="quiet" onClick={() => setTaken([])}>
            {words.webcam.again}
          </Button>
        )}
        <Button disabled={taken.length === 0} onClick={() => onPhotographs([...taken])}>
          {words.webcam.use(taken.length)}
        </Button>
      </div>
    </div>
  );
}

/** What the server says, or why the browser gives no picture. */
function Refusal({ error }: { error: unknown }) {
  const { webcam } = useWords();
  if (!(error instanceof DOMException)) return <FailureNotice error={error} />;
  return (
    <p role="alert" className="text-warn">
      {webcam.refusals[error.name as "NotAllowedError"] ?? error.message}
    </p>
  );
}

function Shot({ file, current }: { file: File | null; current: boolean }) {
  const url = useObjectUrl(file);
  const frame = `block aspect-square w-full -scale-x-100 rounded-control border-2 object-cover ${current ? "border-accent" : "border-line"}`;
  return url ? <img src={url} alt="" className={frame} /> : <span className={frame} />;
}

/** Plays the camera of this device for as long as the component is there; whether it plays. */
function useStream(
  video: React.RefObject<HTMLVideoElement | null>,
  onFailure: (error: unknown) => void,
): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let stream: MediaStream | null = null;
    let over = false;
    const end = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    navigator.mediaDevices
      .getUserMedia({ video: { width: { ideal: 1280 }, facingMode: "user" } })
      .then(async (opened) => {
        stream = opened;
        if (over || !video.current) return end();
        video.current.srcObject = opened;
        await video.current.play();
        setReady(true);
      })
      .catch((error: unknown) => !over && onFailure(error));
    return () => {
      over = true;
      end();
    };
  }, [video, onFailure]);
  return ready;
}

/** The picture that the camera shows now, no wider than this. */
async function still(player: HTMLVideoElement, width: number): Promise<Blob> {
  const scale = Math.min(1, width / player.videoWidth);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(player.videoWidth * scale);
  canvas.height = Math.round(player.videoHeight * scale);
  canvas.getContext("2d")?.drawImage(player, 0, 0, canvas.width, canvas.height);
  return pictureOf(canvas, "image/jpeg", JPEG_QUALITY);
}
