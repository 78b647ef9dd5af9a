import type { Camera } from "../../api/queries";
import { SelectField } from "../../ui/field";
import { useWords } from "../../words";

export type Demand = Camera["liveness"];

const DEMANDS = ["", "off", "mark", "require", "challenge"] as const;

/** What a camera demands of liveness; null: what the server does. */
export function LivenessField({
  value,
  onChange,
}: {
  value: Demand;
  onChange(demand: Demand): void;
}) {
  const words = useWords();
  return (
    <SelectField
      label={words.cameras.liveness}
      hint={words.cameras.livenessHint}
      value={value ?? ""}
      onChange={(event) => onChange((event.target.value || null) as Demand)}
    >
      {DEMANDS.map((demand) => (
        <option key={demand} value={demand}>
          {words.cameras.livenessOf[demand]}
        </option>
      ))}
    </SelectField>
  );
}
