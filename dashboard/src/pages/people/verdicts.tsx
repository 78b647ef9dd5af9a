import type { Schemas } from "../../api/client";
import { useWords } from "../../words";

/** How many photographs serve, and of each of the others why it does not, or hardly does. */
export function Verdicts({ result }: { result: Schemas["Enrolled"] }) {
  const words = useWords();
  const doubtful = [...result.poor, ...result.rejected];
  return (
    <div role="status" className="space-y-2">
      <p className="font-semibold">{words.people.learned(result.items.length)}</p>
      {doubtful.length > 0 && (
        <ul className="m-0 list-none space-y-2 p-0">
          {doubtful.map((photo) => (
            <li key={photo.index} className="rounded-control border border-warn bg-warn-ground p-3">
              <span dir="auto" className="block truncate text-sm text-quiet">
                {photo.filename}
              </span>
              {words.refusal(photo.code, photo.message)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
