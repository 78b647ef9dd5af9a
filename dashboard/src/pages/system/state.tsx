import { useQuery } from "@tanstack/react-query";
import { api, told } from "../../api/client";
import { useStatistics } from "../../api/queries";
import { Card } from "../../ui/card";
import { Entry } from "../../ui/entry";
import { FailureNotice } from "../../ui/notice";
import { useWords } from "../../words";

const REFRESH_MS = 10_000;

export function State() {
  const words = useWords();
  const health = useQuery({
    queryKey: ["health"],
    queryFn: () => told(api.GET("/healthz")),
    refetchInterval: REFRESH_MS,
  });
  const ready = useQuery({
    queryKey: ["ready"],
    queryFn: async () => {
      // 503 is an answer here: it says why the server is not ready
      const { data, error } = await api.GET("/readyz");
      return data ?? (error as { ready: boolean; reason: string });
    },
    refetchInterval: REFRESH_MS,
  });
  const { data: counts } = useStatistics();
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      {health.error && <FailureNotice error={health.error} />}
      <Card title={words.system.server}>
        <p className={`font-semibold ${ready.data?.ready === false ? "text-warn" : "text-good"}`}>
          {ready.data?.ready === false
            ? (ready.data.reason ?? words.system.notReady)
            : words.system.ready}
        </p>
        <dl className="mt-3 mb-0 space-y-1">
          {Object.entries(health.data?.engines ?? {}).map(([part, engine]) => (
            <Entry key={part} name={words.system.engines[part as "detector"] ?? part}>
              {engine}
            </Entry>
          ))}
        </dl>
      </Card>
      {counts && (
        <Card title={words.system.counts}>
          <dl className="m-0 grid grid-cols-2 gap-3 sm:grid-cols-3">
            {(
              [
                ["people", counts.people],
                ["samples", counts.samples],
                ["sightings", counts.sightings],
                ["unknown", counts.unknown],
                ["cameras", counts.cameras_online],
              ] as const
            ).map(([name, count]) => (
              <div key={name}>
                <dt className="text-sm text-quiet">{words.system.of[name]}</dt>
                <dd className="tabular m-0 text-2xl font-semibold">
                  {count.toLocaleString(words.tag)}
                </dd>
              </div>
            ))}
          </dl>
        </Card>
      )}
      <Card title={words.system.more}>
        <ul className="m-0 list-none space-y-1 p-0">
          <li>
            <a className="text-accent" href="docs">
              {words.system.api}
            </a>
          </li>
        </ul>
      </Card>
    </div>
  );
}
