import type { ReactNode } from "react";
import type { DecisionCard } from "../../api/queries";
import { NameBadge } from "../../ui/badge";
import { decimal } from "../../ui/numbers";
import { Picture } from "../../ui/picture";
import { reasonWords } from "../../ui/reason";
import { useWords } from "../../words";

type Compared = DecisionCard["people"][number];

/** Of a distance. */
const DIGITS = 2;

/** How a face would be decided now: its distance to everybody it may be, with the limits drawn. */
export function Comparison({ card }: { card: DecisionCard }) {
  const words = useWords();
  const farthest = Math.max(
    card.tolerance * 1.25,
    ...card.people.flatMap((person) => person.samples.map((sample) => sample.distance * 1.05)),
  );
  return (
    <section>
      <h3 className="mb-2 text-base font-semibold">{words.decision.title}</h3>
      <p className="mb-2 text-sm text-quiet">{words.decision.now}</p>
      {card.coded.length > 0 ? (
        <ul className="mb-3 list-disc ps-5">
          {card.coded.map((reason) => (
            <li key={reason.message} dir="auto">
              {reasonWords(words, words.decision.reasons, reason)}
            </li>
          ))}
        </ul>
      ) : (
        <p className="mb-3">{words.decision.named}</p>
      )}
      {card.margin !== null && (
        <p className="mb-3 text-sm text-quiet">
          {words.decision.margin(
            decimal(words, card.margin, DIGITS),
            decimal(words, card.margin_needed, DIGITS),
          )}
        </p>
      )}
      <ol className="m-0 list-none space-y-4 p-0">
        {card.people.map((person, place) => (
          <li key={person.person}>
            <Scale
              person={person}
              farthest={farthest}
              card={card}
              first={place === 0}
              state={place === 0 ? card.state : "none"}
            />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface ScaleProps {
  person: Compared;
  farthest: number;
  card: DecisionCard;
  first: boolean;
  state: string;
}

function Scale({ person, farthest, card, first, state }: ScaleProps) {
  const words = useWords();
  const at = (distance: number) => `${Math.min(100, (distance / farthest) * 100)}%`;
  return (
    <div>
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <NameBadge state={state}>{person.name}</NameBadge>
        <span className="tabular text-sm text-quiet">
          {words.decision.distance(decimal(words, person.distance, DIGITS))}
        </span>
      </div>
      <div
        role="img"
        aria-label={words.decision.scale(
          person.name,
          person.samples.map((sample) => decimal(words, sample.distance, DIGITS)).join(", "),
          decimal(words, card.tolerance, DIGITS),
        )}
        className={`relative mt-2 h-8 ${first ? "mb-6" : "mb-1"}`}
      >
        <div className="absolute inset-x-0 top-1/2 h-1 -translate-y-1/2 rounded-full bg-line" />
        <Limit at={at(card.tolerance)} words={first ? words.decision.tolerance : ""} />
        {card.stranger_limit !== null && (
          <Limit at={at(card.stranger_limit)} words={first ? words.decision.strangers : ""} early />
        )}
        {person.samples.map((sample) => (
          <span
            key={sample.id}
            className="absolute top-1/2 size-3 -translate-x-1/2 -translate-y-1/2 rounded-full border-2 border-card bg-accent"
            style={{ left: at(sample.distance) }}
          />
        ))}
      </div>
      <ul className="m-0 grid list-none grid-cols-6 gap-1.5 p-0">
        {person.samples
          .filter((sample) => sample.has_image)
          .map((sample) => (
            <li key={sample.id} className="min-w-0">
              <Picture
                path={`api/v1/samples/${sample.id}/image`}
                alt={words.decision.sample(person.name)}
                className="aspect-square w-full rounded-control"
              />
              <span className="tabular block text-center text-xs text-quiet">
                {decimal(words, sample.distance, DIGITS)}
              </span>
            </li>
          ))}
      </ul>
    </div>
  );
}

function Limit({ at, words, early = false }: { at: string; words: ReactNode; early?: boolean }) {
  return (
    <span className="absolute inset-y-0 border-s-2 border-dashed border-warn" style={{ left: at }}>
      {words && (
        <span
          className={`absolute top-full text-xs whitespace-nowrap text-warn ${early ? "right-0 -translate-x-1" : "left-0 -translate-x-1/2"}`}
        >
          {words}
        </span>
      )}
    </span>
  );
}
