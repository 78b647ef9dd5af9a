import { takeBackRejectionOf } from "../../api/changes";
import { useChange, useRejections } from "../../api/queries";
import { useMay } from "../../me";
import { Button } from "../../ui/button";
import { Disclosure } from "../../ui/disclosure";
import { moment, useNow } from "../../ui/times";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";

/** The faces of nobody who matters, and the way back for each. */
export function IgnoredFaces() {
  const words = useWords();
  const may = useMay();
  const now = useNow(30_000);
  const { tell } = useToasts();
  const { data } = useRejections(true);
  const takeBack = useChange((at: number) => takeBackRejectionOf(at));
  const ignored = data?.filter((one) => one.ignored) ?? [];
  if (ignored.length === 0) return null;
  return (
    <Disclosure title={words.unknown.ignoredFaces(ignored.length)} className="mt-6">
      <p className="text-sm text-quiet">{words.unknown.ignoredWhat}</p>
      <ul className="m-0 max-w-2xl list-none divide-y divide-line p-0">
        {ignored.map((one) => (
          <li key={one.at} className="flex flex-wrap items-center justify-between gap-2 py-2">
            <span dir="auto">
              {words.unknown.ignoredAt(one.camera, moment(words, one.at, now))}
            </span>
            {may("sightings:write") && (
              <Button
                look="plain"
                busy={takeBack.isPending && takeBack.variables === one.at}
                onClick={() =>
                  takeBack.mutate(one.at, { onSuccess: () => tell(words.unknown.noLongerIgnored) })
                }
              >
                {words.person.takeBack}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Disclosure>
  );
}
