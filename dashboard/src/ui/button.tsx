import type { ButtonHTMLAttributes, ReactNode } from "react";

export type Look = "primary" | "plain" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  primary: "border-accent bg-accent text-on-accent hover:brightness-110",
  plain: "border-accent bg-transparent text-accent hover:bg-accent/10",
  quiet: "border-transparent bg-transparent text-quiet hover:bg-line/50 hover:text-ink",
  danger: "border-warn bg-transparent text-warn hover:bg-warn-ground",
};

const SHAPE =
  "inline-flex min-h-11 items-center justify-center gap-2 rounded-control border px-4 py-1.5 text-center font-semibold disabled:cursor-default disabled:opacity-55";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  busy?: boolean;
  children?: ReactNode;
}

export function Button({ look = "primary", busy = false, className = "", ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
      className={`${SHAPE} ${LOOKS[look]} ${className}`}
    />
  );
}

interface LinkProps {
  href: string;
  look?: Look;
  className?: string;
  children: ReactNode;
}

export function LinkButton({ href, look = "plain", className = "", children }: LinkProps) {
  return (
    <a href={href} className={`${SHAPE} ${LOOKS[look]} no-underline ${className}`}>
      {children}
    </a>
  );
}

interface FileProps {
  label: string;
  accept: string;
  multiple?: boolean;
  disabled?: boolean;
  look?: Look;
  onFiles(files: File[]): void;
}

/** A button that asks for files; `capture` is left to the browser, which offers the camera itself. */
export function FileButton({
  label,
  accept,
  multiple,
  disabled,
  look = "plain",
  onFiles,
}: FileProps) {
  return (
    <label
      className={`${SHAPE} ${LOOKS[look]} focus-within:outline-3 focus-within:outline-offset-2 focus-within:outline-accent ${disabled ? "opacity-55" : ""}`}
    >
      {label}
      <input
        type="file"
        className="sr-only"
        accept={accept}
        multiple={multiple}
        disabled={disabled}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}
