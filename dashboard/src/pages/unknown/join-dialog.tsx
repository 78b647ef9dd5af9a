import type { UnknownPerson } from "../../api/queries";
import { Dialog } from "../../ui/dialog";
import { Picture } from "../../ui/picture";
import { useWords } from "../../words";

interface Props {
  others: readonly UnknownPerson[];
  onChoose(cluster: string): void;
  onClose(): void;
}

/** Asks which of the others without a name is the same person. */
export function JoinDialog({ others, onChoose, onClose }: Props) {
  const words = useWords();
  return (
    <Dialog title={words.unknown.joinTitle} onClose={onClose}>
      <ul className="m-0 grid list-none grid-cols-3 gap-3 p-0 sm:grid-cols-4">
        {others.map(({ cluster, faces: [face], sightings }) => (
          <li key={cluster}>
            <button
              type="button"
              onClick={() => onChoose(cluster)}
              className="w-full overflow-hidden rounded-control border border-line hover:border-accent"
            >
              <Picture
                path={face ? `api/v1/sightings/${face.sighting}/image` : null}
                alt=""
                className="aspect-square w-full"
              />
              <span className="block p-1 text-sm">{words.unknown.seen(sightings)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
