import { type FormEvent, lazy, Suspense, useState } from "react";
import { changePassword, type Me, signOut } from "./api/session";
import { hasSignedIn, useMay } from "./me";
import { Button } from "./ui/button";
import { Dialog } from "./ui/dialog";
import { Disclosure } from "./ui/disclosure";
import { SelectField, TextField } from "./ui/field";
import { Icon } from "./ui/icon";
import { FailureNotice, Loading } from "./ui/notice";
import { LANGUAGES, type Language, useWords } from "./words";
import { useLanguage } from "./words/choice";

const PushSwitch = lazy(() => import("./push-switch"));

/** The user's own corner: who is signed in, the language, the password, the way out. */
export function AccountMenu({ me }: { me: Me }) {
  const words = useWords();
  const may = useMay();
  const { language, choose } = useLanguage();
  const [open, setOpen] = useState(false);
  const signedIn = hasSignedIn(me);
  const name = signedIn ? me.name : words.account.withoutSignIn;
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="flex min-h-11 w-full items-center gap-3 rounded-control px-2 text-start text-quiet hover:bg-line/50 hover:text-ink"
      >
        <Icon name="account" />
        <span dir="auto" className="min-w-0 truncate">
          {name}
        </span>
      </button>
      {open && (
        <Dialog title={name} onClose={() => setOpen(false)}>
          <SelectField
            label={words.account.language}
            value={language}
            onChange={(event) => choose(event.target.value as Language)}
          >
            {Object.entries(LANGUAGES).map(([tag, name]) => (
              <option key={tag} value={tag}>
                {name}
              </option>
            ))}
          </SelectField>
          {may("sightings:read") && (
            <Disclosure title={words.push.title} className="mt-4">
              <Suspense fallback={<Loading />}>
                <PushSwitch />
              </Suspense>
            </Disclosure>
          )}
          {signedIn && <PasswordForm me={me} />}
          {signedIn && (
            <div className="mt-5 flex flex-wrap gap-2 border-t border-line pt-4">
              <Button look="plain" onClick={() => void signOut(false)}>
                {words.account.signOut}
              </Button>
              <Button look="quiet" onClick={() => void signOut(true)}>
                {words.account.everywhere}
              </Button>
            </div>
          )}
        </Dialog>
      )}
    </>
  );
}

function PasswordForm({ me }: { me: Me }) {
  const words = useWords();
  const [failure, setFailure] = useState<unknown>(null);
  const [done, setDone] = useState(false);
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    setFailure(null);
    try {
      await changePassword(me, String(form.get("password")), String(form.get("next")));
      element.reset();
      setDone(true);
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <Disclosure title={words.account.password} className="mt-4">
      <form onSubmit={send} className="space-y-3 pt-2">
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
        {failure !== null && <FailureNotice error={failure} />}
        {done && <p role="status">{words.account.changed}</p>}
        <Button type="submit">{words.firstPassword.action}</Button>
      </form>
    </Disclosure>
  );
}
