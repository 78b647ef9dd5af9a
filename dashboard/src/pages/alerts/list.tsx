import { useState } from "react";
import { api, told } from "../../api/client";
import { flat } from "../../api/queries";
import { useMay } from "../../me";
import { href } from "../../route";
import { Button, LinkButton } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { SelectField } from "../../ui/field";
import { FailureNotice, Loading, Nothing } from "../../ui/notice";
import { Picture } from "../../ui/picture";
import { ago, moment, useNow } from "../../ui/times";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";
import { type Alert, type AlertState, useAlertChange, useAlerts } from "./queries";
import { Silences } from "./silences";

const STATES: readonly AlertState[] = [
  "firing",
  "pending",
  "acknowledged",
  "resolved",
  "suppressed",
  "expired",
];
const OPEN = new Set(["firing", "pending"]);
const HOUR_S = 3600;
const SILENCE_S = [HOUR_S, 8 * HOUR_S, 24 * HOUR_S, 7 * 24 * HOUR_S] as const;

export function AlertList() {
  const words = useWords();
  const [state, setState] = useState<AlertState | "">("");
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAlerts(state);
  const alerts = flat(data) as Alert[];
  return (
    <>
      <Silences />
      <SelectField
        label={words.alerts.state}
        className="mb-4 max-w-56"
        value={state}
        onChange={(event) => setState(event.target.value as AlertState | "")}
      >
        <option value="">{words.sightings.all}</option>
        {STATES.map((one) => (
          <option key={one} value={one}>
            {words.alerts.states[one]}
          </option>
        ))}
      </SelectField>
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && alerts.length === 0 && (
        <Nothing title={words.alerts.none}>
          <p>{words.alerts.how}</p>
          <p className="mt-4">
            <LinkButton href={href(["alerts", "rules"])}>{words.alerts.toRules}</LinkButton>
          </p>
        </Nothing>
      )}
      <ul className="m-0 list-none space-y-3 p-0">
        {alerts.map((alert) => (
          <li key={alert.id}>
            <AlertRow alert={alert} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button
          look="plain"
          className="mt-4"
          busy={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {words.alerts.older}
        </Button>
      )}
    </>
  );
}

function AlertRow({ alert }: { alert: Alert }) {
  const words = useWords();
  const may = useMay();
  const now = useNow(10_000);
  const { tell } = useToasts();
  const [silencing, setSilencing] = useState(false);
  const acknowledge = useAlertChange(() =>
    told(api.POST("/api/v1/alerts/{alert}/acknowledge", { params: { path: { alert: alert.id } } })),
  );
  const resolve = useAlertChange(() =>
    told(api.POST("/api/v1/alerts/{alert}/resolve", { params: { path: { alert: alert.id } } })),
  );
  const resend = useAlertChange(() =>
    told(api.POST("/api/v1/alerts/{alert}/resend", { params: { path: { alert: alert.id } } })),
  );
  const open = OPEN.has(alert.state);
  const failed = alert.deliveries.filter((one) => one.last_error);
  return (
    <article
      className={`flex flex-wrap gap-4 rounded-card border bg-card p-3 shadow-card sm:flex-nowrap ${open ? "border-warn" : "border-line"}`}
    >
      <Picture
        path={alert.image}
        alt=""
        className="size-20 shrink-0 rounded-control max-sm:size-16"
      />
      <div className="min-w-0 grow">
        <h2 dir="auto" className="m-0 text-base font-semibold">
          {alert.title}
        </h2>
        <p className="text-sm text-quiet">
          <span className={open ? "font-semibold text-warn" : ""}>
            {words.alerts.states[alert.state as AlertState] ?? alert.state}
          </span>
          {" · "}
          {words.alerts.severities[alert.severity as "info"] ?? alert.severity}
          {alert.count > 1 && ` · ${words.alerts.times(alert.count)}`}
        </p>
        <p className="text-sm text-quiet" title={moment(words, alert.began)}>
          {ago(words, alert.updated, now)}
          {alert.rule_name && (
            <>
              {" · "}
              <span dir="auto">{alert.rule_name}</span>
            </>
          )}
          {alert.acknowledged_by && ` · ${words.alerts.seenBy(alert.acknowledged_by)}`}
          {alert.suppressed_by && ` · ${words.alerts.suppressed(alert.suppressed_by.kind)}`}
        </p>
        {failed.map((one) => (
          <p key={one.channel} className="mt-1 text-sm text-warn">
            {one.channel}: {one.last_error}
          </p>
        ))}
      </div>
      <div className="flex flex-wrap content-start gap-1 sm:justify-end">
        {may("sightings:write") && (
          <>
            {open && (
              <Button busy={acknowledge.isPending} onClick={() => acknowledge.mutate(undefined)}>
                {words.alerts.acknowledge}
              </Button>
            )}
            {(open || alert.state === "acknowledged") && (
              <Button
                look="plain"
                busy={resolve.isPending}
                onClick={() => resolve.mutate(undefined)}
              >
                {words.alerts.resolve}
              </Button>
            )}
            {failed.length > 0 && (
              <Button look="plain" busy={resend.isPending} onClick={() => resend.mutate(undefined)}>
                {words.alerts.resend}
              </Button>
            )}
            <Button look="quiet" onClick={() => setSilencing(true)}>
              {words.alerts.silence}
            </Button>
          </>
        )}
        {alert.sighting && (
          <LinkButton look="quiet" href={href(["sightings", alert.sighting])}>
            {words.alerts.why}
          </LinkButton>
        )}
      </div>
      {silencing && (
        <SilenceDialog
          alert={alert}
          onClose={() => setSilencing(false)}
          onDone={() => tell(words.alerts.silenced)}
        />
      )}
    </article>
  );
}

function SilenceDialog({
  alert,
  onClose,
  onDone,
}: {
  alert: Alert;
  onClose(): void;
  onDone(): void;
}) {
  const words = useWords();
  const add = useAlertChange((seconds: number) =>
    told(
      api.POST("/api/v1/silences", {
        body: {
          until: Date.now() / 1000 + seconds,
          matchers: {
            rule: alert.rule,
            ...(alert.person ? { person: alert.person } : {}),
          },
          comment: "",
        },
      }),
    ),
  );
  return (
    <Dialog title={words.alerts.silenceTitle} onClose={onClose}>
      <p>{words.alerts.silenceWhat(alert.rule_name ?? "", alert.person !== null)}</p>
      <div className="mt-4 flex flex-wrap gap-2">
        {SILENCE_S.map((seconds) => (
          <Button
            key={seconds}
            look="plain"
            busy={add.isPending}
            onClick={() =>
              add.mutate(seconds, {
                onSuccess: () => {
                  onClose();
                  onDone();
                },
              })
            }
          >
            {words.alerts.hours(seconds / HOUR_S)}
          </Button>
        ))}
      </div>
    </Dialog>
  );
}
