import { api, told } from "../../api/client";
import { useMay } from "../../me";
import { Button } from "../../ui/button";
import { moment, useNow } from "../../ui/times";
import { useWords } from "../../words";
import { useAlertChange, useRules, useSilences } from "./queries";

/** What nobody is told of for a while; here it ends early. */
export function Silences() {
  const words = useWords();
  const may = useMay();
  const now = useNow(10_000);
  const { data } = useSilences();
  const { data: rules } = useRules();
  const end = useAlertChange((name: string) =>
    told(api.DELETE("/api/v1/silences/{name}", { params: { path: { name } } })),
  );
  const current = data?.filter((silence) => silence.until > now) ?? [];
  if (current.length === 0) return null;
  return (
    <ul className="m-0 mb-4 list-none space-y-2 p-0">
      {current.map((silence) => (
        <li
          key={silence.id}
          className="flex flex-wrap items-center justify-between gap-2 rounded-control border border-line px-3 py-1"
        >
          <span dir="auto">
            {words.alerts.silenceUntil(
              rules?.find((rule) => rule.id === silence.matchers.rule)?.name ?? "",
              moment(words, silence.until, now),
            )}
          </span>
          {may("sightings:write") && (
            <Button look="quiet" busy={end.isPending} onClick={() => end.mutate(silence.id)}>
              {words.alerts.endSilence}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
