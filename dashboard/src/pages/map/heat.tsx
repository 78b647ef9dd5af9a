import { useState } from "react";
import { useCameras } from "../../api/queries";
import { Card } from "../../ui/card";
import { FailureNotice, Loading } from "../../ui/notice";
import { useWords } from "../../words";
import { Cones, Label, pointsOf } from "./cones";
import { HeatTable } from "./heat-table";
import { PeriodField, usePeriod } from "./period";
import { PlanMap } from "./plan-map";
import { useHours } from "./queries";
import type { Space } from "./space";

const ALL_DAY = -1;
const LARGEST_PX = 60;
const SMALLEST_PX = 12;
/** The count stands above the camera, whose name stands below it. */
const ABOVE_PX = 14;

/** Where and when most is seen: a disc for each camera, by the hour, and two tables of the same. */
export function Heat({ space }: { space: Space }) {
  const words = useWords();
  const { data: cameras = [] } = useCameras();
  const [period, stretch, setPeriod] = usePeriod();
  const { data, error } = useHours(stretch);
  const [hour, setHour] = useState(ALL_DAY);
  const places = pointsOf(space, cameras);
  const counts = Object.entries(data?.by_hour ?? {}).map(([camera, hours]) => ({
    camera,
    hours,
    count: hour === ALL_DAY ? sum(hours) : (hours[hour] ?? 0),
  }));
  const most = Math.max(1, ...counts.map(({ count }) => count));
  const spots = counts.flatMap(({ camera, count }) => {
    const point = places.get(camera);
    return point && count ? [{ camera, point, count }] : [];
  });
  const when = hour === ALL_DAY ? words.map.wholeDay : words.map.hour(hour);
  return (
    <>
      <PeriodField period={period} onPeriod={setPeriod} />
      {error && <FailureNotice error={error} />}
      {!data && !error && <Loading />}
      <PlanMap space={space} label={words.map.of(space.name)}>
        {(unit) => (
          <>
            {spots.map(({ camera, point, count }) => (
              <circle
                key={camera}
                cx={point[0]}
                cy={point[1]}
                // the area is the count, not the radius
                r={Math.max(SMALLEST_PX, LARGEST_PX * Math.sqrt(count / most)) * unit}
                fill="var(--unknown)"
                fillOpacity={0.25 + 0.4 * (count / most)}
                pointerEvents="none"
              />
            ))}
            <Cones space={space} cameras={cameras} unit={unit} />
            {spots.map(({ camera, point, count }) => (
              <Label key={camera} at={[point[0], point[1] - ABOVE_PX * unit]} unit={unit}>
                {count.toLocaleString(words.tag)}
              </Label>
            ))}
          </>
        )}
      </PlanMap>
      <div className="mt-3">
        <label htmlFor="hour" className="text-sm text-quiet">
          {words.map.hourOfDay}: <span className="font-semibold text-ink">{when}</span>
        </label>
        <input
          id="hour"
          type="range"
          className="block min-h-11 w-full accent-(--accent)"
          min={ALL_DAY}
          max={23}
          value={hour}
          aria-valuetext={when}
          onChange={(event) => setHour(event.target.valueAsNumber)}
        />
      </div>
      {data && (
        <div className="mt-4 grid gap-4 xl:grid-cols-2">
          <Card title={words.map.byPlace} className="min-w-0">
            <HeatTable
              label={words.map.byPlace}
              rows={counts.map(({ camera, hours }) => ({ name: camera, counts: hours }))}
            />
          </Card>
          <Card title={words.map.byDay} className="min-w-0">
            <HeatTable
              label={words.map.byDay}
              rows={data.week.map((hours, day) => ({
                name: words.map.days[day] ?? "",
                counts: hours,
              }))}
            />
          </Card>
        </div>
      )}
    </>
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
