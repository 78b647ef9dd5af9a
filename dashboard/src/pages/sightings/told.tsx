import { useQuery } from "@tanstack/react-query";
import { api, told } from "../../api/client";
import { href } from "../../route";
import { FailureNotice, Loading } from "../../ui/notice";
import { useWords } from "../../words";

/** What each rule of the alerts says of a sighting: why somebody was told of it, or was not. */
export function ToldOf({ sighting }: { sighting: string }) {
  const words = useWords();
  const { data, error } = useQuery({
    queryKey: ["alerts", "explain", sighting],
    queryFn: () => told(api.GET("/api/v1/alerts/explain", { params: { query: { sighting } } })),
  });
  if (error) return <FailureNotice error={error} />;
  if (!data) return <Loading />;
  if (data.rules.length === 0) {
    return (
      <p>
        {words.told.noRule}{" "}
        <a href={href(["alerts", "rules"])} className="text-accent">
          {words.alerts.toRules}
        </a>
      </p>
    );
  }
  return (
    <ul className="m-0 list-none divide-y divide-line p-0">
      {data.rules.map((rule) => (
        <li key={rule.rule} className="py-2">
          <span dir="auto" className="font-semibold">
            {rule.rule_name}
          </span>{" "}
          <span className={rule.matched ? "text-good" : "text-warn"}>
            {rule.matched ? words.told.yes : words.told.no}
          </span>
          <span className="block text-sm text-quiet">{rule.words}</span>
        </li>
      ))}
    </ul>
  );
}
