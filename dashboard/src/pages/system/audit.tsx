import { useInfiniteQuery } from "@tanstack/react-query";
import { api, told } from "../../api/client";
import { flat } from "../../api/queries";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { FailureNotice, Loading } from "../../ui/notice";
import { Table } from "../../ui/table";
import { fullMoment } from "../../ui/times";
import { useWords } from "../../words";

export function Audit() {
  const words = useWords();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["audit"],
    queryFn: ({ pageParam }) =>
      told(
        api.GET("/api/v1/audit", {
          params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.cursor,
  });
  return (
    <Card title={words.system.tabs.audit}>
      <p className="mb-3 text-quiet">{words.audit.what}</p>
      {error && <FailureNotice error={error} />}
      {!data && !error && <Loading />}
      <Table
        label={words.system.tabs.audit}
        rows={flat(data)}
        keyOf={(entry) => entry.id}
        columns={[
          { head: words.audit.at, cell: (entry) => fullMoment(words, entry.at) },
          { head: words.audit.actor, cell: (entry) => entry.actor },
          { head: words.audit.action, cell: (entry) => entry.action },
          {
            head: words.audit.subject,
            cell: (entry) => <span className="text-sm break-all text-quiet">{entry.subject}</span>,
          },
        ]}
      />
      {hasNextPage && (
        <Button
          look="plain"
          className="mt-3"
          busy={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {words.audit.more}
        </Button>
      )}
    </Card>
  );
}
