import { useQuery } from "@tanstack/react-query";
import { api, told, withFiles } from "../../api/client";
import { type Job, PEOPLE, useChangeOf } from "../../api/queries";
import { useMay } from "../../me";
import { Button, FileButton } from "../../ui/button";
import { Card } from "../../ui/card";
import { Disclosure } from "../../ui/disclosure";
import { FailureNotice, Loading } from "../../ui/notice";
import { fullMoment } from "../../ui/times";
import { useWords } from "../../words";

const BUSY_MS = 1000;
const IDLE_MS = 10_000;
const RUNNING = new Set(["queued", "waiting", "running"]);

export function Jobs() {
  const words = useWords();
  const may = useMay();
  const { data, error } = useQuery({
    queryKey: ["jobs"],
    queryFn: () => told(api.GET("/api/v1/jobs")),
    refetchInterval: ({ state }) =>
      state.data?.some((job) => RUNNING.has(job.state)) ? BUSY_MS : IDLE_MS,
  });
  const bring = useChangeOf([["jobs"], ...PEOPLE], async (files: File[]) => {
    const table = files.find((file) => /\.(csv|xlsx)$/i.test(file.name));
    if (!table) throw new Error(words.jobs.noTable);
    const photographs = files.filter((file) => file !== table);
    return told(api.POST("/api/v1/imports", withFiles({ registry: table, photographs })));
  });
  return (
    <div className="grid gap-4">
      {may("people:write") && (
        <Card title={words.jobs.bring}>
          <p className="mb-3 text-quiet">{words.jobs.bringHow}</p>
          <FileButton
            label={bring.isPending ? words.working : words.jobs.choose}
            accept=".csv,.xlsx,image/*"
            multiple
            disabled={bring.isPending}
            onFiles={(files) => files.length && bring.mutate(files)}
          />
        </Card>
      )}
      {error && <FailureNotice error={error} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && <p className="text-quiet">{words.jobs.none}</p>}
      {data?.map((job) => (
        <JobCard key={job.id} job={job} />
      ))}
    </div>
  );
}

function JobCard({ job }: { job: Job }) {
  const words = useWords();
  const cancel = useChangeOf([["jobs"]], () =>
    told(api.POST("/api/v1/jobs/{job}/cancel", { params: { path: { job: job.id } } })),
  );
  const running = RUNNING.has(job.state);
  const counts = Object.entries((job.result.counts ?? {}) as Record<string, number>);
  return (
    <Card
      title={words.jobs.kind(job.kind)}
      aside={<span className="text-sm text-quiet">{fullMoment(words, job.created_at)}</span>}
    >
      <p>
        {words.jobs.state(job.state)} · <span dir="auto">{job.actor}</span>
      </p>
      {running && (
        <div className="mt-2 flex flex-wrap items-center gap-3">
          <progress
            aria-label={words.jobs.progress}
            max={job.total || 1}
            value={job.done}
            className="h-3 grow accent-(--accent)"
          />
          <span className="tabular">
            {job.done} / {job.total}
          </span>
          <Button look="plain" busy={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
            {words.cancel}
          </Button>
        </div>
      )}
      {job.error && <p className="mt-2 text-warn">{job.error}</p>}
      {counts.length > 0 && (
        <p className="mt-2">
          {counts.map(([verdict, count]) => `${count} ${verdict}`).join(" · ")}
        </p>
      )}
      <Reports job={job} />
    </Card>
  );
}

interface Report {
  row: number;
  name: string;
  verdict: string;
  words: string;
}

function Reports({ job }: { job: Job }) {
  const words = useWords();
  const reports = (job.result.reports ?? []) as Report[];
  if (reports.length === 0) return null;
  return (
    <Disclosure title={words.jobs.rows(reports.length)} className="mt-2">
      <ul className="m-0 max-h-96 list-none divide-y divide-line overflow-y-auto p-0">
        {reports.map((report) => (
          <li key={report.row} className="py-1.5 text-sm">
            <span className="tabular text-quiet">{report.row}</span>{" "}
            <span dir="auto" className="font-semibold">
              {report.name}
            </span>{" "}
            – {report.verdict}
            {report.words && <span className="text-quiet">: {report.words}</span>}
          </li>
        ))}
      </ul>
    </Disclosure>
  );
}
