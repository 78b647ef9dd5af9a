import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { changePassword, type Me, signIn } from "../api/session";
import { Button } from "../ui/button";
import { TextField } from "../ui/field";
import { FailureNotice } from "../ui/notice";
import { useWords } from "../words";

const RETRY_MS = 2000;

export function SignIn({ expired }: { expired: boolean }) {
  const words = useWords();
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(null);
    try {
      await signIn(String(form.get("username")), String(form.get("password")));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Doorstep title={words.signIn.title}>
      {expired && <p className="mb-3 text-quiet">{words.signIn.expired}</p>}
      <form onSubmit={send} className="space-y-3">
        <TextField
          label={words.signIn.username}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
        <TextField
          label={words.signIn.password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        {failure !== null && <FailureNotice error={failure} />}
        <Button type="submit" busy={busy} className="w-full">
          {words.signIn.action}
        </Button>
      </form>
      <p className="mt-4 text-sm text-quiet">{words.signIn.first}</p>
    </Doorstep>
  );
}

export function FirstPassword({ me }: { me: Me }) {
  const words = useWords();
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [differ, setDiffer] = useState(false);
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const next = String(form.get("next"));
    setFailure(null);
    setDiffer(next !== form.get("again"));
    if (next !== form.get("again")) return;
    setBusy(true);
    try {
      await changePassword(me, String(form.get("password")), next);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Doorstep title={words.firstPassword.title}>
      <p className="mb-3 text-quiet">{words.firstPassword.why}</p>
      <form onSubmit={send} className="space-y-3">
        <input type="hidden" name="username" autoComplete="username" value={me.name} />
        <TextField
          label={words.firstPassword.old}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <TextField
          label={words.firstPassword.next}
          hint={words.firstPassword.rule}
          name="next"
          type="password"
          autoComplete="new-password"
          required
        />
        <TextField
          label={words.firstPassword.again}
          name="again"
          type="password"
          autoComplete="new-password"
          required
        />
        {differ && (
          <p role="alert" className="font-semibold text-warn">
            {words.firstPassword.differ}
          </p>
        )}
        {failure !== null && <FailureNotice error={failure} />}
        <Button type="submit" busy={busy} className="w-full">
          {words.firstPassword.action}
        </Button>
      </form>
    </Doorstep>
  );
}

export function Unreachable({ retry }: { retry(): Promise<void> }) {
  const words = useWords();
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void retry();
    }, RETRY_MS);
    return () => clearInterval(timer);
  }, [retry]);
  return (
    <Doorstep title={words.unreachable.title}>
      <p className="mb-4 text-quiet">{words.unreachable.why}</p>
      <Button onClick={() => void retry()}>{words.again}</Button>
    </Doorstep>
  );
}

function Doorstep({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Lookout`;
  }, [title]);
  return (
    <main className="mx-auto grid min-h-dvh max-w-sm content-center p-4">
      <p className="mb-6 flex items-center gap-2 text-xl font-semibold tracking-tight">
        <img src="./icon.svg" alt="" width={32} height={32} />
        Lookout
      </p>
      <div className="rounded-card border border-line bg-card p-5 shadow-card">
        <h1 className="mb-3 text-lg font-semibold">{title}</h1>
        {children}
      </div>
    </main>
  );
}
