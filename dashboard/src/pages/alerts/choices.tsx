import { CheckBox, FieldSet } from "../../ui/field";

interface Props {
  label: string;
  items: readonly { id: string; name: string }[];
  chosen: readonly string[] | undefined;
  onChoose(chosen: string[]): void;
}

/** Several of some things that have names; nothing where there are none. */
export function Choices({ label, items, chosen = [], onChoose }: Props) {
  if (items.length === 0) return null;
  return (
    <FieldSet label={label}>
      {items.map(({ id, name }) => (
        <CheckBox
          key={id}
          label={name}
          checked={chosen.includes(id)}
          onChange={(event) =>
            onChoose(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
          }
        />
      ))}
    </FieldSet>
  );
}
