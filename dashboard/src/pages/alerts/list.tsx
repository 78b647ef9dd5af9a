import { useState } from "react";
import { flat } from "../../api/queries";
import { go, href } from "../../route";
import { Button, LinkButton } from "../../ui/button";
import { SelectField } from "../../ui/field";
import { FailureNotice, Loading, Nothing } from "../../ui/notice";
import { useWords } from "../../words";
import { AlertRow } from "./alert";
import { AlertDialog } from "./alert-dialog";
import { type Alert, type AlertState, useAlerts } from "./queries";
import { Silences } from "./silences";

const STATES: readonly AlertState[] = [
  "firing",
  "pending",
  "acknowledged",
  "resolved",
  "suppressed",
  "expired",
];

/** `opened`: the alert that is shown whole, as a link in a message asks. */
export function AlertList({ opened }: { opened: string | null }) {
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
      {opened && (
        <AlertDialog key={opened} id={opened} onClose={() => go(href(["alerts"]), true)} />
      )}
    </>
  );
}
