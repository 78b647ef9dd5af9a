import { flat, useSightings } from "../../api/queries";
import { Card } from "../../ui/card";
import { useWords } from "../../words";

const LATEST = 200;

/** When a person is seen: sightings by hour of the day, of the latest. */
export function UsualHours({ person }: { person: string }) {
  const words = useWords();
  const { data } = useSightings({ person }, LATEST);
  const counts = hoursOf(flat(data).map((sighting) => sighting.first));
  const most = Math.max(...counts);
  if (most === 0) return null;
  return (
    <Card title={words.person.hours}>
      <div aria-hidden className="flex h-20 items-end gap-0.5">
        {counts.map((count, hour) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: the hour is what it is
            key={hour}
            className="grow rounded-t-sm bg-accent"
            style={{ height: count ? `${Math.max(6, (count / most) * 100)}%` : "1px" }}
          />
        ))}
      </div>
      <div aria-hidden className="tabular mt-1 flex justify-between text-xs text-quiet">
        <span>0</span>
        <span>6</span>
        <span>12</span>
        <span>18</span>
        <span>24</span>
      </div>
      <p className="sr-only">{words.person.mostly(counts.indexOf(most))}</p>
    </Card>
  );
}

/** How many of these moments lie in each hour of the day, where the page is. */
export function hoursOf(momentsS: readonly number[]): number[] {
  const counts = new Array<number>(24).fill(0);
  for (const at of momentsS) {
    const hour = new Date(at * 1000).getHours();
    counts[hour] = (counts[hour] ?? 0) + 1;
  }
  return counts;
}
