import { useRef } from "react";
import type { Camera } from "../../api/queries";
import { LiveTile } from "../../live/tile";
import { href } from "../../route";
import { ConditionBadge } from "../../ui/badge";
import { Button, LinkButton } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words";
import { NoCamera } from "../cameras/no-camera";

const GRID_FPS = 1;
const FOCUS_FPS = 15;

/** All cameras, one still a second each; the one in focus at its full rate. */
export function Tiles({ cameras, focus }: { cameras: readonly Camera[]; focus: string | null }) {
  const words = useWords();
  const wall = useRef<HTMLDivElement>(null);
  const one = cameras.find((camera) => camera.id === focus);
  if (cameras.length === 0) {
    return <NoCamera />;
  }
  const shown = one ? [one] : cameras;
  return (
    <>
      <div className="mb-2 flex flex-wrap justify-end gap-2">
        {one && <LinkButton href={href(["now"])}>{words.now.allCameras}</LinkButton>}
        {document.fullscreenEnabled && (
          <Button look="quiet" onClick={() => void wall.current?.requestFullscreen()}>
            <Icon name="full" className="size-5" />
            {words.now.fullScreen}
          </Button>
        )}
      </div>
      <div ref={wall} className="overflow-y-auto bg-ground fullscreen:p-2">
        <ul
          className={`m-0 grid list-none gap-3 p-0 ${one || shown.length === 1 ? "" : "sm:grid-cols-2 2xl:grid-cols-3"}`}
        >
          {shown.map((camera) => (
            <li
              key={camera.id}
              className="overflow-hidden rounded-card border border-line bg-card shadow-card"
            >
              <LiveTile camera={camera} fps={one ? FOCUS_FPS : GRID_FPS} />
              <div className="flex items-center justify-between gap-3 px-3 py-2">
                <a
                  href={one ? href(["now"]) : href(["now", camera.id])}
                  dir="auto"
                  className="inline-flex min-h-11 min-w-0 items-center truncate font-semibold text-ink"
                >
                  {camera.name}
                </a>
                <ConditionBadge condition={camera.condition} />
              </div>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
