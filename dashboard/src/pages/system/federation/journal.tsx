import { useQuery } from "@tanstack/react-query";
import { api, told } from "../../../api/client";
import { Card } from "../../../ui/card";
import { FailureNotice } from "../../../ui/notice";
import { fullMoment } from "../../../ui/times";
import { useWords } from "../../../words";
import { detailWords, type NameOf } from "./details";

/** What the coordinator and the site of this machine have written down. */
export function Journal({ nameOf }: { nameOf: NameOf }) {
  const words = useWords();
  const { federation } = words;
  const { data, error } = useQuery({
    queryKey: ["federated", "log"],
    queryFn: () => told(api.GET("/api/v1/federated/log", { params: { query: { limit: 100 } } })),
  });
  return (
    <Card title={federation.log}>
      {error && <FailureNotice error={error} />}
      {data?.items.length === 0 && <p className="text-quiet">{federation.noLog}</p>}
      <ul
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
        tabIndex={0}
        aria-label={federation.log}
        className="m-0 max-h-96 list-none divide-y divide-line overflow-y-auto p-0"
      >
        {data?.items.map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: nothing else tells two lines apart
          <li key={`${entry.at} ${index}`} className="py-1.5">
            <span className="flex flex-wrap justify-between gap-x-4">
              <span className="font-semibold">{federation.what(entry.what)}</span>
              <span className="text-sm text-quiet">{fullMoment(words, entry.at)}</span>
            </span>
            <span dir="auto" className="block text-sm break-words text-quiet">
              {detailWords(words, entry, nameOf)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
