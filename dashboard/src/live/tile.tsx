import { useEffect, useRef, useState } from "react";
import type { Camera } from "../api/queries";
import { isState } from "../ui/badge";
import { duration, useNow } from "../ui/times";
import { useWords } from "../words";
import { beat } from "./beat";
import type { LiveFace } from "./message";
import { livePictures } from "./pictures";

/** After this long a picture is no longer shown as of now. */
const STALE_S = 3;
const MAX_WIDTH = 1280;
const STEP_PX = 160;
/** Below this a name would leave the picture, so it stands inside its frame. */
const LOW = 0.88;

const BOXES = {
  known: "border-solid border-[#68d39b]",
  unknown: "border-dashed border-[#f0a514]",
  unsure: "border-dotted border-[#5ab9f0]",
} as const;
const PLATES = { known: "bg-[#68d39b]", unknown: "bg-[#f0a514]", unsure: "bg-[#5ab9f0]" } as const;

interface Props {
  camera: Camera;
  fps: number;
}

/** What a camera shows now, with the names drawn in, and how old it is where it is old. */
export function LiveTile({ camera, fps }: Props) {
  const words = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const onScreen = useOnScreen(box);
  const [faces, setFaces] = useState<readonly LiveFace[]>([]);
  // not a state: a picture that brings no other face than the last one renders nothing anew
  const last = useRef<{ at: number; receivedMs: number } | null>(null);
  const [waiting, setWaiting] = useState(true);
  const now = useNow();
  const { id } = camera;
  useEffect(() => {
    if (!onScreen || width === 0) return;
    return livePictures.watch({ camera: id, fps, width }, async (picture) => {
      if (!picture.jpeg) return;
      await draw(canvas.current, picture.jpeg);
      last.current = { at: picture.at, receivedMs: performance.now() };
      setWaiting(false);
      setFaces((shown) => (same(shown, picture.faces) ? shown : picture.faces));
    });
  }, [id, fps, width, onScreen]);

  const ageS = last.current ? (performance.now() - last.current.receivedMs) / 1000 : 0;
  const stopped = camera.condition !== "online";
  const old = stopped || ageS > STALE_S;
  return (
    <div ref={box} className="relative aspect-video w-full overflow-hidden bg-[#0b0d0c]">
      <canvas
        ref={canvas}
        role="img"
        aria-label={words.now.pictureOf(camera.name)}
        className={`absolute inset-0 size-full object-contain ${old ? "opacity-35" : ""}`}
      />
      {!old && <Faces faces={faces} canvas={canvas.current} />}
      {(stopped || waiting) && (
        <p className="absolute inset-0 grid place-content-center p-4 text-center text-white">
          <span className="font-semibold">
            {stopped ? words.condition[camera.condition] : words.now.waiting}
          </span>
          {stopped && camera.why && <span className="mt-1 text-sm opacity-90">{camera.why}</span>}
        </p>
      )}
      {old && last.current && (
        <p className="tabular absolute end-2 top-2 rounded-full bg-[#ffd98a] px-2 py-0.5 text-sm font-semibold text-[#3b2500]">
          {words.now.old(duration(now - last.current.at))}
        </p>
      )}
    </div>
  );
}

/** The frames and names, laid over the picture where it lies in its box. */
function Faces({
  faces,
  canvas,
}: {
  faces: readonly LiveFace[];
  canvas: HTMLCanvasElement | null;
}) {
  const words = useWords();
  if (!canvas?.clientWidth || !canvas.width) return null;
  const scale = Math.min(canvas.clientWidth / canvas.width, canvas.clientHeight / canvas.height);
  const [width, height] = [canvas.width * scale, canvas.height * scale];
  const left = (canvas.clientWidth - width) / 2;
  const top = (canvas.clientHeight - height) / 2;
  return (
    <ul className="m-0 list-none p-0">
      {faces.map((face, index) => {
        const [x1, y1, x2, y2] = face.box;
        const state = isState(face.state) ? face.state : "unknown";
        return (
          <li
            key={face.track ?? index}
            className={`absolute rounded-md border-2 ${BOXES[state]}`}
            style={{
              left: left + x1 * width,
              top: top + y1 * height,
              width: (x2 - x1) * width,
              height: (y2 - y1) * height,
            }}
          >
            <span
              dir="auto"
              className={`absolute left-0 max-w-40 truncate rounded px-1.5 text-sm font-semibold text-black ${PLATES[state]} ${y2 < LOW ? "top-full mt-0.5" : "bottom-0.5"}`}
            >
              {face.name ?? words.states[state]}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function same(some: readonly LiveFace[], others: readonly LiveFace[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

async function draw(canvas: HTMLCanvasElement | null, jpeg: Blob): Promise<void> {
  if (!canvas) return;
  const image = await createImageBitmap(jpeg);
  await beat();
  if (canvas.width !== image.width || canvas.height !== image.height) {
    canvas.width = image.width;
    canvas.height = image.height;
  }
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  image.close();
}

/** The width in pixels of the device, in steps: each step is another picture for the server. */
function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      const pixels = element.clientWidth * Math.min(2, window.devicePixelRatio);
      setWidth(Math.min(MAX_WIDTH, Math.ceil(pixels / STEP_PX) * STEP_PX));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

function useOnScreen(box: React.RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new IntersectionObserver(([entry]) => setSeen(!!entry?.isIntersecting), {
      rootMargin: "100px",
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return seen;
}
