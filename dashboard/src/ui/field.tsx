import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from "react";

const BOX =
  "min-h-11 w-full min-w-0 rounded-control border border-quiet bg-ground px-3 text-ink disabled:opacity-55";

interface Labelled {
  label: ReactNode;
  hint?: ReactNode;
  className?: string;
  hideLabel?: boolean;
}

function Frame({
  id,
  label,
  hint,
  className = "",
  hideLabel,
  children,
}: Labelled & { id: string; children: ReactNode }) {
  return (
    <div className={`min-w-0 ${className}`}>
      <label htmlFor={id} className={hideLabel ? "sr-only" : "mb-1 block text-sm text-quiet"}>
        {label}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-quiet">
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  className,
  hideLabel,
  ...input
}: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const frame = { id, label, hint, className, hideLabel };
  return (
    <Frame {...frame}>
      <input
        id={id}
        dir="auto"
        {...input}
        className={BOX}
        aria-describedby={hint ? `${id}-hint` : undefined}
      />
    </Frame>
  );
}

interface NumberProps extends Labelled {
  value: number | null;
  min?: number;
  max?: number;
  step?: number | "any";
  required?: boolean;
  onNumber(value: number | null): void;
}

/** A number, or nothing where it may be left out. */
export function NumberField({ value, onNumber, ...rest }: NumberProps) {
  return (
    <TextField
      {...rest}
      type="number"
      inputMode="decimal"
      value={value ?? ""}
      onChange={(event) => onNumber(event.target.value === "" ? null : event.target.valueAsNumber)}
    />
  );
}

export function SelectField({
  label,
  hint,
  className,
  hideLabel,
  children,
  ...select
}: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  const frame = { id, label, hint, className, hideLabel };
  return (
    <Frame {...frame}>
      <select id={id} {...select} className={BOX}>
        {children}
      </select>
    </Frame>
  );
}

/** Fields that belong together, under one label. */
export function FieldSet({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset className="min-w-0">
      <legend className="text-sm text-quiet">{label}</legend>
      <div className="flex flex-wrap items-end gap-x-5">{children}</div>
    </fieldset>
  );
}

interface CheckProps extends InputHTMLAttributes<HTMLInputElement> {
  label: ReactNode;
}

export function CheckBox({ label, className = "", ...input }: CheckProps) {
  return (
    <label className={`inline-flex min-h-11 items-center gap-2 ${className}`}>
      <input type="checkbox" {...input} className="size-5 shrink-0 accent-(--accent)" />
      <span dir="auto">{label}</span>
    </label>
  );
}
