import type { Camera } from "../../api/queries";
import { Card } from "../../ui/card";
import { FailureNotice, Loading } from "../../ui/notice";
import { fullMoment } from "../../ui/times";
import { useWords } from "../../words";
import { type Happening, useHealth } from "./queries";

/** When a camera came, went, and was changed. */
export function Health({ camera }: { camera: Camera }) {
  const words = useWords();
  const { data, error } = useHealth(camera.name);
  return (
    <Card title={words.cameras.health}>
      {error && <FailureNotice error={error} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && <p className="text-quiet">{words.cameras.noHealth}</p>}
      <ol className="m-0 max-h-72 list-none divide-y divide-line overflow-y-auto p-0">
        {data?.map((event) => (
          <li key={event.id} className="flex flex-wrap justify-between gap-x-4 py-1.5">
            <span className={event.type === "camera.lost" ? "text-warn" : ""}>
              {said(words, event)}
            </span>
            <span className="tabular text-sm text-quiet">{fullMoment(words, event.at)}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function said(words: ReturnType<typeof useWords>, event: Happening): string {
  const known: Record<string, string> = words.cameras.happened;
  const text = event.detail.text;
  const what = known[event.type] ?? event.type;
  return typeof text === "string" ? `${what}: ${text}` : what;
}
