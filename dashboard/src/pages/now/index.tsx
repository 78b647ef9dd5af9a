import { useEffect } from "react";
import { flat, useCameras, useSightings, useStatistics } from "../../api/queries";
import { useMay } from "../../me";
import { go, href } from "../../route";
import { LinkButton } from "../../ui/button";
import { Card, PageFrame } from "../../ui/card";
import { FailureNotice, Loading } from "../../ui/notice";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { useAlerts } from "../alerts/queries";
import { SightingRow } from "../sightings/tile";
import { Tiles } from "./tiles";

const LATEST = 8;
const FIRST_SHOWN = "lookout.welcomed";

export default function Now({ place }: PageProps) {
  const words = useWords();
  const may = useMay();
  const { data: cameras, error, refetch } = useCameras();
  useFirstStart(cameras?.length === 0);
  return (
    <PageFrame title={words.nav.now}>
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!cameras && !error && <Loading />}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0">
          {cameras && <Tiles cameras={cameras} focus={place.path[1] ?? null} />}
        </div>
        {may("sightings:read") && (
          <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-4">
            <OpenAlerts />
            <LastSeen />
          </div>
        )}
      </div>
    </PageFrame>
  );
}

function OpenAlerts() {
  const words = useWords();
  const { data } = useAlerts("firing");
  const open = flat(data).slice(0, 3);
  if (open.length === 0) return null;
  return (
    <Card title={words.now.openAlerts(flat(data).length)} className="border-warn!">
      <ul className="m-0 list-none space-y-1 p-0">
        {open.map((alert) => (
          <li key={alert.id} dir="auto" className="line-clamp-2">
            {alert.title}
          </li>
        ))}
      </ul>
      <LinkButton href={href(["alerts"])} className="mt-3">
        {words.nav.alerts}
      </LinkButton>
    </Card>
  );
}

function LastSeen() {
  const words = useWords();
  const { data } = useSightings({}, LATEST);
  const latest = flat(data).slice(0, LATEST);
  return (
    <Card title={words.now.lastSeen} className="content-start self-start">
      {data && latest.length === 0 && <p className="text-quiet">{words.sightings.none}</p>}
      <ul className="m-0 list-none space-y-2 p-0">
        {latest.map((sighting) => (
          <li key={sighting.id}>
            <SightingRow sighting={sighting} query="" />
          </li>
        ))}
      </ul>
      {latest.length > 0 && (
        <a className="mt-3 inline-block text-accent" href={href(["sightings"])}>
          {words.now.allSightings}
        </a>
      )}
    </Card>
  );
}

/** Who comes for the first time, and has nothing yet, is shown the way; once. */
function useFirstStart(noCamera: boolean): void {
  const may = useMay();
  const { data } = useStatistics();
  const empty = noCamera && data?.people === 0 && may("admin");
  useEffect(() => {
    if (!empty) return;
    try {
      if (localStorage.getItem(FIRST_SHOWN)) return;
      localStorage.setItem(FIRST_SHOWN, "1");
    } catch {
      return;
    }
    go(href(["welcome"]), true);
  }, [empty]);
}
