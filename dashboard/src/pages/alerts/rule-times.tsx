import { CheckBox, FieldSet, TextField } from "../../ui/field";
import { useWords } from "../../words";
import { Choices } from "./choices";
import type { RuleBody } from "./queries";
import { DAYS } from "./rule-draft";

type When = NonNullable<RuleBody["when"]>;
type Interval = NonNullable<When["intervals"]>[number];

const NIGHT: Interval = { days: [...DAYS], from: "22:00", to: "06:00" };

/** At which times of which days a rule holds. */
export function RuleTimes({ when, onChange }: { when: When; onChange(when: When): void }) {
  const { alerts } = useWords();
  const interval = when.intervals?.[0];
  const set = (change: Partial<Interval>) =>
    onChange({ ...when, intervals: [{ ...NIGHT, ...interval, ...change }] });
  return (
    <>
      <FieldSet label={alerts.when}>
        <CheckBox
          label={alerts.onlyAt}
          checked={!!interval}
          onChange={(event) =>
            event.target.checked ? set({}) : onChange({ ...when, intervals: [] })
          }
        />
        {interval && (
          <>
            <TextField
              label={alerts.from}
              type="time"
              value={interval.from}
              onChange={(event) => set({ from: event.target.value })}
            />
            <TextField
              label={alerts.to}
              type="time"
              value={interval.to}
              onChange={(event) => set({ to: event.target.value })}
            />
          </>
        )}
      </FieldSet>
      {interval && (
        <Choices
          label={alerts.onDays}
          items={DAYS.map((day) => ({ id: day, name: alerts.days[day] }))}
          chosen={interval.days}
          onChoose={(days) => days.length > 0 && set({ days: days as Interval["days"] })}
        />
      )}
    </>
  );
}
