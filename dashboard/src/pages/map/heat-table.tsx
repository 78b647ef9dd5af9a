import { useWords } from "../../words";

interface Row {
  name: string;
  counts: readonly number[];
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const LABELLED = 6;

/** Counts by the hour of the day; the more, the darker, with the number for who does not see it. */
export function HeatTable({ label, rows }: { label: string; rows: readonly Row[] }) {
  const words = useWords();
  const most = Math.max(1, ...rows.flatMap((row) => row.counts));
  if (rows.length === 0) return <p className="text-quiet">{words.map.nothing}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on a narrow screen
    <section className="relative overflow-x-auto" tabIndex={0} aria-label={label}>
      <table className="w-full min-w-[36rem] table-fixed border-separate border-spacing-0.5 text-xs">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr>
            <td className="w-24" />
            {HOURS.map((hour) => (
              <th key={hour} scope="col" className="p-0 text-start font-normal text-quiet">
                {hour % LABELLED === 0 ? hour : <span className="sr-only">{hour}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th
                scope="row"
                dir="auto"
                className="truncate pe-2 text-start font-normal"
                title={row.name}
              >
                {row.name}
              </th>
              {HOURS.map((hour) => {
                const count = row.counts[hour] ?? 0;
                return (
                  <td
                    key={hour}
                    title={`${row.name}, ${words.map.hour(hour)}: ${count}`}
                    className="h-6 rounded-sm p-0"
                    style={{
                      background: count
                        ? `color-mix(in srgb, var(--unknown) ${15 + (85 * count) / most}%, var(--card))`
                        : "var(--ground)",
                    }}
                  >
                    <span className="sr-only">{count}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
