import { useMutation } from "@tanstack/react-query";
import { api, told } from "../../api/client";
import { FailureNotice } from "../../ui/notice";
import { moment } from "../../ui/times";
import { useWords } from "../../words";
import type { RuleBody } from "./queries";

const WEEK_S = 7 * 86_400;

/** Asks what a rule would have told in the last week. */
export function useRuleTrial() {
  return useMutation({
    mutationFn: (body: RuleBody) =>
      told(
        api.POST("/api/v1/rules/dry-run", {
          body: { rule: { ...body, name: body.name || "?" }, since: Date.now() / 1000 - WEEK_S },
        }),
      ),
  });
}

/** What came of it. */
export function RuleTrial({ trial }: { trial: ReturnType<typeof useRuleTrial> }) {
  const words = useWords();
  return (
    <div aria-live="polite">
      {trial.isError && <FailureNotice error={trial.error} />}
      {trial.data && (
        <div className="rounded-control border border-line p-3">
          <p className="font-semibold">{words.alerts.tried(trial.data.items.length)}</p>
          <ul className="m-0 mt-1 max-h-48 list-none overflow-y-auto p-0 text-sm">
            {trial.data.items.map((one) => (
              <li key={`${one.at}-${one.sighting}`}>
                <span className="tabular text-quiet">{moment(words, one.at)}</span>{" "}
                <span dir="auto">
                  {one.camera} {one.words}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
