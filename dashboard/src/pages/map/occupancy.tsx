import { Card } from "../../ui/card";
import { FailureNotice } from "../../ui/notice";
import { useWords } from "../../words";
import { useOccupancy } from "./queries";

const STEP_S = 900;
const DAY_S = 86_400;
const HEIGHT = 40;
const LABELS = 4;

/** How many people were here at once, over the last 24 hours. */
export function Occupancy() {
  const words = useWords();
  const until = (Math.floor(Date.now() / 1000 / STEP_S) + 1) * STEP_S;
  const { data, error } = useOccupancy({ since: until - DAY_S, until }, STEP_S);
  const people = data?.people ?? [];
  const most = Math.max(1, ...people);
  const clock = new Intl.DateTimeFormat(words.tag, { timeStyle: "short" });
  const time = (step: number) => clock.format((until - DAY_S + step * STEP_S) * 1000);
  const peak = people.indexOf(Math.max(0, ...people));
  return (
    <Card title={words.map.occupancy} className="mt-4">
      {error && <FailureNotice error={error} />}
      {data && (
        <>
          <p className="mb-2">
            {people.some(Boolean)
              ? words.map.mostAt(people[peak] ?? 0, time(peak))
              : words.map.nobody}
          </p>
          <svg
            viewBox={`0 0 ${people.length} ${HEIGHT}`}
            preserveAspectRatio="none"
            className="block h-24 w-full"
            aria-hidden="true"
          >
            {people.map((count, step) => (
              <rect
                // biome-ignore lint/suspicious/noArrayIndexKey: a step has no other name
                key={step}
                x={step + 0.08}
                width={0.84}
                y={HEIGHT - (HEIGHT * count) / most}
                height={(HEIGHT * count) / most}
                fill="var(--accent)"
              />
            ))}
          </svg>
          <div aria-hidden="true" className="tabular flex justify-between text-xs text-quiet">
            {Array.from({ length: LABELS + 1 }, (_, label) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a label has no other name
              <span key={label}>{time((label * people.length) / LABELS)}</span>
            ))}
          </div>
          <p className="sr-only">
            {words.map.atHours(
              people
                .map((count, step) => ({ count, step }))
                .filter(({ step }) => step % LABELS === 0)
                .map(({ count, step }) => `${time(step)}: ${count}`)
                .join(", "),
            )}
          </p>
        </>
      )}
    </Card>
  );
}
