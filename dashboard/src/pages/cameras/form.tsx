import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import type { Camera } from "../../api/queries";
import { TextField } from "../../ui/field";
import { useWords } from "../../words";

/** What can be said of a camera that the server fetches. */
export interface Given {
  name: string;
  address: string;
  user: string;
  password: string;
  sub_address: string;
}

export const NOTHING: Given = { name: "", address: "", user: "", password: "", sub_address: "" };

export function givenOf(camera: Camera): Given {
  const { name, address, user, sub_address } = camera;
  return { name, address, user, sub_address, password: "" };
}

interface Props {
  given: Given;
  onChange(given: Partial<Given>): void;
  /** There is a password already, which stays where none is typed. */
  hasPassword?: boolean;
  children?: ReactNode;
}

export function CameraFields({ given, onChange, hasPassword = false, children }: Props) {
  const words = useWords();
  const field = (name: keyof Given) => ({
    value: given[name],
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value }),
  });
  return (
    <>
      <TextField label={words.name} maxLength={200} required {...field("name")} />
      <TextField
        label={words.cameras.address}
        hint={words.cameras.addressHint}
        placeholder="rtsp://192.168.1.20/stream1"
        autoCapitalize="none"
        spellCheck={false}
        required
        {...field("address")}
      />
      <TextField
        label={words.cameras.sub}
        hint={words.cameras.subHint}
        autoCapitalize="none"
        spellCheck={false}
        {...field("sub_address")}
      />
      {children}
      <div className="grid gap-3 sm:grid-cols-2">
        <TextField label={words.cameras.user} autoComplete="off" {...field("user")} />
        <TextField
          label={words.signIn.password}
          type="password"
          autoComplete="new-password"
          placeholder={hasPassword ? "••••••••" : ""}
          {...field("password")}
        />
      </div>
    </>
  );
}

export function Verdict({ verdict }: { verdict: Schemas["CameraVerdict"] }) {
  const words = useWords();
  return (
    <div
      role="status"
      className={`rounded-control border p-3 ${verdict.works ? "border-good" : "border-warn bg-warn-ground"}`}
    >
      <p>
        {verdict.works
          ? words.cameras.works(verdict.width, verdict.height, Math.round(verdict.fps))
          : verdict.why}
      </p>
      {verdict.works && verdict.why && <p className="mt-1 text-sm text-quiet">{verdict.why}</p>}
    </div>
  );
}
