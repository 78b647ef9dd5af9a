import { asFailure } from "../../api/failure";
import { href } from "../../route";
import { Dialog } from "../../ui/dialog";
import { Entry } from "../../ui/entry";
import { FailureNotice, Loading } from "../../ui/notice";
import { Picture } from "../../ui/picture";
import { fullMoment } from "../../ui/times";
import { useWords } from "../../words";
import { AlertActions } from "./alert";
import { type Alert, type AlertState, useAlert, useChannelName } from "./queries";

/** One alert, whole: where the links in messages lead. */
export function AlertDialog({ id, onClose }: { id: string; onClose(): void }) {
  const words = useWords();
  const { data, error, refetch } = useAlert(id);
  const gone = error !== null && asFailure(error).status === 404;
  return (
    <Dialog
      title={data?.title ?? (gone ? words.alerts.goneTitle : words.nav.alerts)}
      onClose={onClose}
    >
      {gone && <p>{words.alerts.goneWhy}</p>}
      {error && !gone && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && <Whole alert={data} />}
    </Dialog>
  );
}

function Whole({ alert }: { alert: Alert }) {
  const words = useWords();
  return (
    <div className="space-y-4">
      {alert.image && (
        <Picture path={alert.image} alt="" className="mx-auto aspect-square w-52 rounded-control" />
      )}
      <dl className="space-y-1">
        <Entry name={words.alerts.state}>
          {words.alerts.states[alert.state as AlertState] ?? alert.state}
          {alert.acknowledged_by && ` · ${words.alerts.seenBy(alert.acknowledged_by)}`}
          {alert.suppressed_by &&
            ` · ${words.alerts.suppressed(words.alerts.blockers[alert.suppressed_by.kind as "list"])}`}
        </Entry>
        <Entry name={words.alerts.severity}>
          {words.alerts.severities[alert.severity as "info"] ?? alert.severity}
        </Entry>
        {alert.camera_name && <Entry name={words.sightings.camera}>{alert.camera_name}</Entry>}
        {alert.rule_name && (
          <Entry name={words.alerts.rule}>
            <a href={href(["alerts", "rules"])} className="text-accent">
              {alert.rule_name}
            </a>
          </Entry>
        )}
        <Entry name={words.alerts.began}>
          {fullMoment(words, alert.began)}
          {alert.count > 1 && ` · ${words.alerts.times(alert.count)}`}
        </Entry>
        {alert.ended !== null && (
          <Entry name={words.alerts.ended}>{fullMoment(words, alert.ended)}</Entry>
        )}
      </dl>
      <Deliveries alert={alert} />
      <AlertActions alert={alert} />
    </div>
  );
}

function Deliveries({ alert }: { alert: Alert }) {
  const words = useWords();
  const channelName = useChannelName();
  if (alert.deliveries.length === 0) return null;
  return (
    <section>
      <h3 className="m-0 text-sm text-quiet">{words.alerts.told}</h3>
      <ul className="m-0 list-none p-0">
        {alert.deliveries.map((one) => (
          <li key={one.id} className="flex flex-wrap justify-between gap-x-4">
            <span dir="auto">{channelName(one.channel)}</span>
            <span className={one.last_error ? "text-warn" : "text-quiet"}>
              {one.last_error ?? one.answer ?? ""}
              {one.sent_at !== null && ` ${fullMoment(words, one.sent_at)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
