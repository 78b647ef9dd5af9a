import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useContext } from "react";
import { api, type Schemas, told } from "../../api/client";
import { useChangeOf } from "../../api/queries";
import { MeContext } from "../../me";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { SelectField, TextField } from "../../ui/field";
import { FailureNotice, Loading } from "../../ui/notice";
import { RemovalButton } from "../../ui/removal-button";
import { Table } from "../../ui/table";
import { fullMoment } from "../../ui/times";
import { useWords } from "../../words";

type User = Schemas["UserOut"];
type Role = User["role"];
const ROLES: readonly Role[] = ["viewer", "operator", "admin"];

function useUserChange<Given>(change: (given: Given) => Promise<unknown>) {
  return useChangeOf([["users"]], change);
}

export function Users() {
  const words = useWords();
  const me = useContext(MeContext);
  const { data, error } = useQuery({
    queryKey: ["users"],
    queryFn: () => told(api.GET("/api/v1/users")),
  });
  const change = useUserChange(
    ({ user, ...body }: { user: string; role?: Role; disabled?: boolean }) =>
      told(api.PATCH("/api/v1/users/{user}", { params: { path: { user } }, body })),
  );
  const remove = useUserChange((user: string) =>
    told(api.DELETE("/api/v1/users/{user}", { params: { path: { user } } })),
  );
  return (
    <div className="grid gap-4">
      {error && <FailureNotice error={error} />}
      {!data && !error && <Loading />}
      {data && (
        <Card title={words.system.tabs.users}>
          <Table
            label={words.system.tabs.users}
            rows={data}
            keyOf={(user) => user.id}
            columns={[
              { head: words.signIn.username, cell: (user) => user.username },
              {
                head: words.users.role,
                cell: (user) => (
                  <SelectField
                    label={words.users.roleOf(user.username)}
                    hideLabel
                    value={user.role}
                    disabled={user.id === me?.id}
                    onChange={(event) =>
                      change.mutate({ user: user.id, role: event.target.value as Role })
                    }
                  >
                    {ROLES.map((role) => (
                      <option key={role} value={role}>
                        {words.users.roles[role]}
                      </option>
                    ))}
                  </SelectField>
                ),
              },
              { head: words.users.since, cell: (user) => fullMoment(words, user.created_at) },
              {
                head: words.users.actions,
                end: true,
                cell: (user) =>
                  user.id !== me?.id && (
                    <span className="inline-flex flex-wrap justify-end gap-2">
                      <Button
                        look="plain"
                        onClick={() => change.mutate({ user: user.id, disabled: !user.disabled })}
                      >
                        {user.disabled ? words.users.enable : words.users.disable}
                      </Button>
                      <RemovalButton
                        of="user"
                        name={user.username}
                        look="danger"
                        onConfirm={() => remove.mutateAsync(user.id)}
                      />
                    </span>
                  ),
              },
            ]}
          />
        </Card>
      )}
      <AddUser />
    </div>
  );
}

function AddUser() {
  const words = useWords();
  const add = useUserChange((body: Schemas["NewUser"]) =>
    told(api.POST("/api/v1/users", { body })),
  );
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    add.mutate(
      {
        username: String(form.get("username")),
        password: String(form.get("password")),
        role: String(form.get("role")) as Role,
      },
      { onSuccess: () => element.reset() },
    );
  };
  return (
    <Card title={words.users.add}>
      <form onSubmit={send} className="grid items-end gap-3 md:grid-cols-4">
        <TextField label={words.signIn.username} name="username" autoComplete="off" required />
        <TextField
          label={words.signIn.password}
          name="password"
          type="password"
          autoComplete="new-password"
          required
        />
        <SelectField label={words.users.role} name="role" defaultValue="viewer">
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {words.users.roles[role]}
            </option>
          ))}
        </SelectField>
        <Button type="submit" busy={add.isPending}>
          {words.add}
        </Button>
      </form>
      <p className="mt-3 text-sm text-quiet">{words.users.rolesMean}</p>
    </Card>
  );
}
