import { type KeyboardEvent, type Ref, useDeferredValue, useId, useState } from "react";
import { flat, type Person, usePeople } from "../api/queries";
import { useWords } from "../words";
import { Picture } from "./picture";

/** Somebody known, or the name of somebody new. */
export type Choice = { kind: "person"; person: Person } | { kind: "new"; name: string };

interface Props {
  label: string;
  /** Whether somebody new may be named. */
  mayAdd?: boolean;
  /** Who is not offered. */
  without?: string;
  inputRef?: Ref<HTMLInputElement>;
  busy?: boolean;
  onChoose(choice: Choice): void;
}

const OFFERED = 6;

/** Asks for a person: type a part of the name, choose with the arrows and Enter, or by a click. */
export function PersonPicker({ label, mayAdd = false, without, inputRef, busy, onChoose }: Props) {
  const words = useWords();
  const id = useId();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const [open, setOpen] = useState(false);
  const wanted = useDeferredValue(text.trim());
  const { data, isPlaceholderData } = usePeople(wanted);
  const stale = isPlaceholderData || wanted !== text.trim();
  const people = flat(data)
    .filter((person) => person.id !== without && (!stale || holds(person.name, text)))
    .slice(0, OFFERED);
  const exact = people.some((person) => same(person.name, text));
  const choices: Choice[] = people.map((person) => ({ kind: "person", person }));
  if (mayAdd && text.trim() && !exact) choices.push({ kind: "new", name: text.trim() });
  const shown = open && choices.length > 0;
  const current = Math.min(active, choices.length - 1);

  const choose = (choice: Choice | undefined) => {
    if (!choice || busy) return;
    setText("");
    setOpen(false);
    setActive(0);
    onChoose(choice);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((current + step + choices.length) % Math.max(1, choices.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      // what was typed counts, not what the list still shows of the letters before
      const typed = choices.find((one) => one.kind === "person" && same(one.person.name, text));
      if (text.trim()) choose(typed && active === 0 ? typed : choices[current]);
    } else if (event.key === "Escape" && shown) {
      event.preventDefault(); // the dialog around it stays open
      event.stopPropagation();
      setOpen(false);
    }
  };
  return (
    <div className="relative">
      <label htmlFor={id} className="mb-1 block text-sm text-quiet">
        {label}
      </label>
      <input
        id={id}
        ref={inputRef}
        dir="auto"
        role="combobox"
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown ? `${id}-${current}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={text}
        disabled={busy}
        placeholder={words.picker.placeholder}
        className="min-h-11 w-full min-w-0 rounded-control border border-quiet bg-ground px-3 text-ink placeholder:text-quiet disabled:opacity-55"
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        hidden={!shown}
        className="absolute inset-x-0 top-full z-20 mt-1 overflow-hidden rounded-control border border-line bg-card shadow-card"
      >
        {choices.map((choice, number) => (
          <div
            key={choice.kind === "person" ? choice.person.id : "new"}
            id={`${id}-${number}`}
            role="option"
            tabIndex={-1}
            aria-selected={number === current}
            onMouseDown={(event) => {
              event.preventDefault(); // the field keeps the focus until the choice is made
              choose(choice);
            }}
            onMouseEnter={() => setActive(number)}
            className={`flex min-h-11 cursor-pointer items-center gap-3 px-3 py-1 ${number === current ? "bg-accent/12" : ""}`}
          >
            {choice.kind === "person" ? (
              <>
                <Picture
                  path={choice.person.image ?? null}
                  alt=""
                  className="size-9 rounded-full"
                />
                <span dir="auto" className="min-w-0 truncate">
                  {choice.person.name}
                </span>
                {choice.person.identifier && (
                  <span className="ms-auto text-sm text-quiet">{choice.person.identifier}</span>
                )}
              </>
            ) : (
              <span dir="auto">{words.picker.add(choice.name)}</span>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

/** While the answer to what was typed is not there, nobody is offered who is not called so. */
export function holds(name: string, text: string): boolean {
  return folded(name).includes(folded(text));
}

function folded(text: string): string {
  return text.trim().normalize("NFC").toLowerCase();
}

function same(a: string, b: string): boolean {
  return folded(a) === folded(b);
}
