import { useState } from "react";
import { api, told } from "../../api/client";
import { useMay } from "../../me";
import { href } from "../../route";
import { Button, LinkButton } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Picture } from "../../ui/picture";
import { ago, moment, useNow } from "../../ui/times";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";
import { type Alert, type AlertState, useAlertChange, useChannelName } from "./queries";

const HOUR_S = 3600;
const SILENCE_S = [HOUR_S, 8 * HOUR_S, 24 * HOUR_S, 7 * 24 * HOUR_S] as const;

/** An alert in the list; its title opens it. */
export function AlertRow({ alert }: { alert: Alert }) {
  const words = useWords();
  const now = useNow(10_000);
  const channelName = useChannelName();
  const open = isOpen(alert);
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
          <a href={href(["alerts"], { alert: alert.id })} className="text-ink">
            {alert.title}
          </a>
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
          {alert.suppressed_by &&
            ` · ${words.alerts.suppressed(words.alerts.blockers[alert.suppressed_by.kind as "list"])}`}
        </p>
        {failed.map((one) => (
          <p key={one.channel} className="mt-1 text-sm text-warn">
            <span dir="auto">{channelName(one.channel)}</span>: {one.last_error}
          </p>
        ))}
      </div>
      <AlertActions alert={alert} />
    </article>
  );
}

/** What can be done about an alert. */
export function AlertActions({ alert }: { alert: Alert }) {
  const words = useWords();
  const may = useMay();
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
  const open = isOpen(alert);
  const failed = alert.deliveries.some((one) => one.last_error);
  return (
    <>
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
            {failed && (
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
    </>
  );
}

function isOpen(alert: Alert): boolean {
  return alert.state === "firing" || alert.state === "pending";
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
