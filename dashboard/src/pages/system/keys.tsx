import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useContext, useState } from "react";
import { api, type Schemas, told } from "../../api/client";
import { useChangeOf } from "../../api/queries";
import { MeContext } from "../../me";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { CheckBox, FieldSet, TextField } from "../../ui/field";
import { FailureNotice, Loading } from "../../ui/notice";
import { RemovalButton } from "../../ui/removal-button";
import { Table } from "../../ui/table";
import { fullMoment } from "../../ui/times";
import { useWords } from "../../words";

type NewKey = Schemas["NewKey"];

export function Keys() {
  const words = useWords();
  const { data, error } = useQuery({
    queryKey: ["keys"],
    queryFn: () => told(api.GET("/api/v1/keys")),
  });
  const revoke = useChangeOf([["keys"]], (key: string) =>
    told(api.DELETE("/api/v1/keys/{key}", { params: { path: { key } } })),
  );
  return (
    <div className="grid gap-4">
      {error && <FailureNotice error={error} />}
      {!data && !error && <Loading />}
      {data && data.length > 0 && (
        <Card title={words.system.tabs.keys}>
          <Table
            label={words.system.tabs.keys}
            rows={data}
            keyOf={(key) => key.id}
            columns={[
              { head: words.name, cell: (key) => key.name },
              { head: words.keys.rights, cell: (key) => key.rights.join(", ") },
              {
                head: words.keys.lastUsed,
                cell: (key) => (key.last_used_at ? fullMoment(words, key.last_used_at) : "–"),
              },
              {
                head: words.users.actions,
                end: true,
                cell: (key) =>
                  key.revoked_at ? (
                    words.keys.revoked
                  ) : (
                    <RemovalButton
                      of="key"
                      name={key.name}
                      look="danger"
                      onConfirm={() => revoke.mutateAsync(key.id)}
                    />
                  ),
              },
            ]}
          />
        </Card>
      )}
      <AddKey />
    </div>
  );
}

function AddKey() {
  const words = useWords();
  const me = useContext(MeContext);
  const [made, setMade] = useState<string | null>(null);
  const add = useChangeOf([["keys"]], (body: NewKey) => told(api.POST("/api/v1/keys", { body })));
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    add.mutate(
      {
        name: String(form.get("name")),
        rights: form.getAll("rights") as NewKey["rights"],
      },
      { onSuccess: ({ key }) => setMade(key) },
    );
  };
  return (
    <Card title={words.keys.add}>
      <form onSubmit={send} className="space-y-3">
        <TextField
          label={words.name}
          name="name"
          maxLength={100}
          autoComplete="off"
          required
          className="max-w-md"
        />
        <FieldSet label={words.keys.rights}>
          {me?.rights.map((right) => (
            <CheckBox key={right} name="rights" value={right} label={right} />
          ))}
        </FieldSet>
        <Button type="submit" busy={add.isPending}>
          {words.keys.addAction}
        </Button>
      </form>
      {made && (
        <div role="status" className="mt-4 rounded-control border border-good p-3">
          <p className="font-semibold">{words.keys.once}</p>
          <code className="mt-1 block break-all">{made}</code>
        </div>
      )}
    </Card>
  );
}
