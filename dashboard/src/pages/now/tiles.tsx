import type { Camera } from "../../api/queries";
import { ConditionBadge } from "../../ui/badge";
import { Nothing } from "../../ui/notice";
import { ago, useNow } from "../../ui/times";
import { useWords } from "../../words";

export function Tiles({ cameras }: { cameras: readonly Camera[] }) {
  const words = useWords();
  const now = useNow();
  if (cameras.length === 0) {
    return <Nothing title={words.cameras.none}>{words.cameras.how}</Nothing>;
  }
  return (
    <ul className="m-0 grid list-none gap-3 p-0 sm:grid-cols-2">
      {cameras.map((camera) => (
        <li
          key={camera.name}
          className="flex flex-wrap justify-between gap-2 rounded-card border border-line bg-card p-4 shadow-card"
        >
          <span dir="auto" className="font-semibold">
            {camera.name}
          </span>
          <ConditionBadge condition={camera.condition} />
          <span className="w-full text-sm text-quiet">{ago(words, camera.last_frame_at, now)}</span>
        </li>
      ))}
    </ul>
  );
}
