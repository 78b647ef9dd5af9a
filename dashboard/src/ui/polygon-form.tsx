import { useWords } from "../words";
import { Button } from "./button";
import { TextField } from "./field";
import { crossesItself, type Point, withMiddle } from "./polygon";

interface Props {
  points: readonly Point[];
  /** Null where what is drawn has no name. */
  name: string | null;
  busy: boolean;
  onName(name: string): void;
  onPoints(points: Point[]): void;
  onSave(): void;
  onCancel(): void;
}

/** What belongs to a polygon that is being drawn: its name, another corner, keep it or not. */
export function PolygonForm({ points, name, busy, onName, onPoints, onSave, onCancel }: Props) {
  const words = useWords();
  const crossed = crossesItself(points);
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      {name !== null && (
        <TextField
          label={words.name}
          value={name}
          maxLength={100}
          required
          onChange={(event) => onName(event.target.value)}
        />
      )}
      <p className="text-sm text-quiet">{words.draw.how}</p>
      {crossed && (
        <p role="alert" className="text-warn">
          {words.draw.crosses}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button look="plain" onClick={() => onPoints(withMiddle(points))}>
          {words.draw.addCorner}
        </Button>
        <Button type="submit" busy={busy} disabled={crossed}>
          {words.save}
        </Button>
        <Button look="quiet" onClick={onCancel}>
          {words.cancel}
        </Button>
      </div>
    </form>
  );
}
