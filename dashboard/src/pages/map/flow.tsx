import { useCameras } from "../../api/queries";
import { Card } from "../../ui/card";
import { FailureNotice, Loading } from "../../ui/notice";
import type { Point } from "../../ui/polygon";
import { Table } from "../../ui/table";
import { duration } from "../../ui/times";
import { useWords } from "../../words";
import { Cones, Label, pointsOf } from "./cones";
import { Occupancy } from "./occupancy";
import { PeriodField, usePeriod } from "./period";
import { PlanMap } from "./plan-map";
import { useDwell, useFlow } from "./queries";
import type { Space } from "./space";

const WIDEST_PX = 12;

/** Which ways are walked, how long people stay, and how many are here at once. */
export function Flow({ space }: { space: Space }) {
  const words = useWords();
  const { data: cameras = [] } = useCameras();
  const [period, stretch, setPeriod] = usePeriod();
  const { data: flows, error } = useFlow(stretch);
  const { data: stays } = useDwell(stretch);
  const places = pointsOf(space, cameras);
  const most = Math.max(1, ...(flows ?? []).map((flow) => flow.walks));
  return (
    <>
      <PeriodField period={period} onPeriod={setPeriod} />
      {error && <FailureNotice error={error} />}
      {!flows && !error && <Loading />}
      <PlanMap space={space} label={words.map.of(space.name)}>
        {(unit) => (
          <>
            <Cones space={space} cameras={cameras} unit={unit} />
            {flows?.map((flow) => {
              const [from, to] = [places.get(flow.from_camera), places.get(flow.to_camera)];
              if (!from || !to || from === to) return null;
              return (
                <Arrow
                  key={`${flow.from_camera}\n${flow.to_camera}`}
                  from={from}
                  to={to}
                  width={Math.max(2, (WIDEST_PX * flow.walks) / most) * unit}
                  unit={unit}
                  words={flow.walks.toLocaleString(words.tag)}
                />
              );
            })}
          </>
        )}
      </PlanMap>
      <div className="mt-4 grid gap-4 xl:grid-cols-2">
        <Card title={words.map.flows}>
          {flows?.length === 0 && <p className="text-quiet">{words.map.noFlows}</p>}
          {!!flows?.length && (
            <Table
              label={words.map.flows}
              rows={flows}
              keyOf={(flow) => `${flow.from_camera}\n${flow.to_camera}`}
              columns={[
                { head: words.map.from, cell: (flow) => flow.from_camera },
                { head: words.map.to, cell: (flow) => flow.to_camera },
                {
                  head: words.map.walks,
                  cell: (flow) => flow.walks.toLocaleString(words.tag),
                  end: true,
                },
                { head: words.map.typical, cell: (flow) => duration(flow.typical_s), end: true },
              ]}
            />
          )}
        </Card>
        <Card title={words.map.stays}>
          {stays?.length === 0 && <p className="text-quiet">{words.map.nothing}</p>}
          {!!stays?.length && (
            <Table
              label={words.map.stays}
              rows={stays}
              keyOf={(stay) => stay.camera}
              columns={[
                { head: words.sightings.camera, cell: (stay) => stay.camera },
                {
                  head: words.nav.people,
                  cell: (stay) => stay.people.toLocaleString(words.tag),
                  end: true,
                },
                { head: words.map.typical, cell: (stay) => duration(stay.typical_s), end: true },
                { head: words.map.longest, cell: (stay) => duration(stay.longest_s), end: true },
              ]}
            />
          )}
        </Card>
      </div>
      <Occupancy />
    </>
  );
}

interface ArrowProps {
  from: Point;
  to: Point;
  width: number;
  unit: number;
  words: string;
}

const BEND = 0.12;

/** An arrow that bends to the right, so that the way back is another line. */
function Arrow({ from, to, width, unit, words }: ArrowProps) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const middle: Point = [(from[0] + to[0]) / 2 - dy * BEND, (from[1] + to[1]) / 2 + dx * BEND];
  const angle = (Math.atan2(to[1] - middle[1], to[0] - middle[0]) * 180) / Math.PI;
  const head = (width + 6 * unit) * 1.2;
  return (
    <g pointerEvents="none">
      <path
        d={`M${from.join(",")} Q${middle.join(",")} ${to.join(",")}`}
        fill="none"
        stroke="var(--unsure)"
        strokeOpacity={0.75}
        strokeWidth={width}
      />
      <polygon
        points={`0,0 ${-head},${-head / 2} ${-head},${head / 2}`}
        transform={`translate(${to.join(",")}) rotate(${angle}) translate(${-8 * unit},0)`}
        fill="var(--unsure)"
      />
      <Label
        at={[(middle[0] * 2 + from[0] + to[0]) / 4, (middle[1] * 2 + from[1] + to[1]) / 4]}
        unit={unit}
      >
        {words}
      </Label>
    </g>
  );
}
