import { Confirm } from "../../ui/dialog";
import { useWords } from "../../words";

/** Asks whether somebody is nobody who matters, and says what follows. */
export function IgnoreDialog({ onConfirm, onClose }: { onConfirm(): void; onClose(): void }) {
  const { sighting } = useWords();
  return (
    <Confirm
      title={sighting.ignoreTitle}
      action={sighting.ignore}
      onClose={onClose}
      onConfirm={onConfirm}
    >
      <p>{sighting.ignoreWhat}</p>
    </Confirm>
  );
}
