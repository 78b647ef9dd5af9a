import { useState } from "react";
import { useCameras, usePerson } from "../../api/queries";
import { go, href } from "../../route";
import { Card } from "../../ui/card";
import { TextField } from "../../ui/field";
import { FailureNotice, Loading } from "../../ui/notice";
import { PersonPicker } from "../../ui/person-picker";
import type { Point } from "../../ui/polygon";
import { duration } from "../../ui/times";
import { useWords } from "../../words";
import { Cones, Label, pointsOf } from "./cones";
import { PlanMap } from "./plan-map";
import { useWay } from "./queries";
import type { Space } from "./space";
import { at, dayStart, drawn, type Leg } from "./way";

const DAY_S = 86_400;

/** Where somebody went on a day: a path over the plan, a slider through time, the steps in words. */
export function Ways({ space, person }: { space: Space; person: string | null }) {
  const words = useWords();
  const { data: cameras = [] } = useCameras();
  const { data: who } = usePerson(person);
  const [day, setDay] = useState(() => isoDay(dayStart(Date.now() / 1000, 0)));
  const since = secondsOf(day);
  const { data: all, error } = useWay(person, { since, until: since + DAY_S });
  const places = pointsOf(space, cameras);
  const legs = drawn(all ?? [], places);
  const [first, last] = [legs[0]?.enter ?? 0, Math.max(0, ...legs.map((leg) => leg.leave))];
  const [chosen, setChosen] = useState<number | null>(null);
  const now = Math.min(last, Math.max(first, chosen ?? last));
  const moment = at(legs, places, now);
  const clock = clockOf(words.tag);
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="min-w-0">
        <PlanMap space={space} label={words.map.of(space.name)}>
          {(unit) => (
            <>
              <Cones space={space} cameras={cameras} unit={unit} />
              <Path legs={legs} places={places} unit={unit} until={now} />
              {moment && (
                <g pointerEvents="none">
                  <circle
                    cx={moment.point[0]}
                    cy={moment.point[1]}
                    r={11 * unit}
                    fill="var(--good)"
                    fillOpacity={moment.between ? 0.55 : 1}
                    stroke="var(--card)"
                    strokeWidth={3 * unit}
                  />
                  <Label at={[moment.point[0], moment.point[1] - 16 * unit]} unit={unit}>
                    {who?.name ?? ""}
                  </Label>
                </g>
              )}
            </>
          )}
        </PlanMap>
        {legs.length > 0 && (
          <div className="mt-3">
            <label htmlFor="moment" className="text-sm text-quiet">
              {words.map.moment}
            </label>
            <input
              id="moment"
              type="range"
              className="block min-h-11 w-full accent-(--accent)"
              min={Math.floor(first)}
              max={Math.ceil(last)}
              step={1}
              value={now}
              aria-valuetext={`${clock.format(now * 1000)}, ${moment?.camera ?? ""}`}
              onChange={(event) => setChosen(event.target.valueAsNumber)}
            />
            <p className="tabular" aria-live="off">
              <span className="font-semibold">{clock.format(now * 1000)}</span>{" "}
              <span dir="auto">
                {moment &&
                  (moment.between ? words.map.lastAt(moment.camera) : words.map.at(moment.camera))}
              </span>
            </p>
          </div>
        )}
      </div>
      <Card title={who ? <span dir="auto">{who.name}</span> : words.map.whose}>
        <div className="space-y-3">
          <PersonPicker
            label={words.map.whose}
            onChoose={(choice) =>
              choice.kind === "person" &&
              go(href(["map", "ways"], { plan: space.id, person: choice.person.id }), true)
            }
          />
          <TextField
            label={words.map.day}
            type="date"
            value={day}
            required
            onChange={(event) => event.target.value && setDay(event.target.value)}
          />
          {error && <FailureNotice error={error} />}
          {person && !all && !error && <Loading />}
          {all && legs.length === 0 && <p className="text-quiet">{words.map.noWay}</p>}
          <ol className="m-0 max-h-80 list-none overflow-y-auto p-0">
            {legs.map((leg) => (
              <li key={leg.sighting}>
                <Step leg={leg} current={leg.enter <= now && now <= leg.leave} onGo={setChosen} />
              </li>
            ))}
          </ol>
        </div>
      </Card>
    </div>
  );
}

function Step({ leg, current, onGo }: { leg: Leg; current: boolean; onGo(timeS: number): void }) {
  const words = useWords();
  const doubt = leg.certainty === "two_places" || leg.certainty === "too_fast";
  return (
    <button
      type="button"
      onClick={() => onGo(leg.enter)}
      aria-current={current ? "step" : undefined}
      className={`block min-h-11 w-full rounded-control px-2 py-1 text-start hover:bg-line/50 ${current ? "bg-accent/12" : ""}`}
    >
      <span className="tabular text-quiet">{clockOf(words.tag).format(leg.enter * 1000)}</span>{" "}
      <span dir="auto">{leg.camera}</span>{" "}
      <span className="text-sm text-quiet">{duration(leg.leave - leg.enter)}</span>
      {doubt && (
        <span className="block text-sm text-warn">
          {words.map.doubts[leg.certainty as "too_fast"]}
        </span>
      )}
    </button>
  );
}

function Path({
  legs,
  places,
  unit,
  until,
}: {
  legs: readonly Leg[];
  places: ReadonlyMap<string, Point>;
  unit: number;
  until: number;
}) {
  return (
    <g pointerEvents="none" strokeLinecap="round">
      {legs.slice(1).map((leg, index) => {
        const [from, to] = [places.get(legs[index]?.camera ?? ""), places.get(leg.camera)];
        if (!from || !to || legs[index]?.visit !== leg.visit) return null;
        return (
          <line
            key={leg.sighting}
            x1={from[0]}
            y1={from[1]}
            x2={to[0]}
            y2={to[1]}
            stroke="var(--good)"
            strokeOpacity={leg.enter <= until ? 0.9 : 0.3}
            strokeWidth={4 * unit}
            strokeDasharray={leg.enter <= until ? undefined : `${2 * unit} ${8 * unit}`}
          />
        );
      })}
    </g>
  );
}

function clockOf(tag: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(tag, { timeStyle: "medium" });
}

/** `2026-11-28` of a midnight here. */
function isoDay(midnightS: number): string {
  const day = new Date(midnightS * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function secondsOf(day: string): number {
  return new Date(`${day}T00:00:00`).getTime() / 1000;
}
