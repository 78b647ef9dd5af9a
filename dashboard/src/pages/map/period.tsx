import { useState } from "react";
import { SelectField } from "../../ui/field";
import { useWords } from "../../words";
import type { Stretch } from "./queries";

const DAYS = { day: 1, week: 7, month: 30 } as const;
type Period = keyof typeof DAYS;
const HOUR_S = 3600;

/** The stretch of time that a page sums up: whole hours, so that it stays one question. */
export function usePeriod(): [Period, Stretch, (period: Period) => void] {
  const [period, setPeriod] = useState<Period>("week");
  const until = (Math.floor(Date.now() / 1000 / HOUR_S) + 1) * HOUR_S;
  return [period, { since: until - DAYS[period] * 24 * HOUR_S, until }, setPeriod];
}

export function PeriodField({
  period,
  onPeriod,
}: {
  period: Period;
  onPeriod(period: Period): void;
}) {
  const words = useWords();
  return (
    <SelectField
      label={words.sightings.period}
      className="mb-3 max-w-56"
      value={period}
      onChange={(event) => onPeriod(event.target.value as Period)}
    >
      {(Object.keys(DAYS) as Period[]).map((one) => (
        <option key={one} value={one}>
          {words.sightings.periods[one]}
        </option>
      ))}
    </SelectField>
  );
}
