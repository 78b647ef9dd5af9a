import { type ReactNode, useContext } from "react";
import { useCameras, useStatistics } from "../api/queries";
import { hasSignedIn, MeContext } from "../me";
import { href } from "../route";
import { LinkButton } from "../ui/button";
import { Card, PageFrame } from "../ui/card";
import { useWords } from "../words";
import { EdgeCommand } from "./cameras/edge-command";

/** The first start in three steps; each can be left out, and says when it is done. */
export default function Welcome() {
  const words = useWords();
  const signedIn = hasSignedIn(useContext(MeContext));
  const { data: cameras } = useCameras();
  const { data: counts } = useStatistics();
  const online = cameras?.some((camera) => camera.condition === "online") ?? false;
  return (
    <PageFrame title={words.welcome.title}>
      <p className="mb-4 max-w-prose text-quiet">{words.welcome.why}</p>
      <ol className="m-0 grid max-w-3xl list-none gap-4 p-0">
        <Step number={1} title={words.welcome.password} done={signedIn}>
          <p>{signedIn ? words.welcome.passwordDone : words.welcome.passwordNone}</p>
        </Step>
        <Step number={2} title={words.welcome.camera} done={online}>
          <p>{online ? words.welcome.cameraDone : words.welcome.cameraHow}</p>
          {!online && (
            <>
              <EdgeCommand />
              <p className="mt-3 text-sm text-quiet">{words.welcome.cameraWaits}</p>
            </>
          )}
        </Step>
        <Step number={3} title={words.welcome.face} done={(counts?.people_with_samples ?? 0) > 0}>
          <p>{words.welcome.faceHow}</p>
          <div className="mt-3 flex flex-wrap gap-2">
            <LinkButton href={href(["people"])}>{words.people.add}</LinkButton>
            <LinkButton href={href(["unknown"])} look="quiet">
              {words.welcome.faceLater}
            </LinkButton>
          </div>
        </Step>
      </ol>
      <p className="mt-5">
        <LinkButton href={href(["now"])} look="primary">
          {words.welcome.done}
        </LinkButton>
      </p>
    </PageFrame>
  );
}

function Step({
  number,
  title,
  done,
  children,
}: {
  number: number;
  title: string;
  done: boolean;
  children: ReactNode;
}) {
  const words = useWords();
  return (
    <li>
      <Card
        title={
          <span className="flex items-center gap-3">
            <span
              aria-hidden
              className={`grid size-8 shrink-0 place-items-center rounded-full border-2 ${done ? "border-good bg-good text-card" : "border-quiet"}`}
            >
              {done ? "✓" : number}
            </span>
            {title}
          </span>
        }
        aside={done && <span className="text-sm text-good">{words.welcome.isDone}</span>}
      >
        <div className="sm:ps-11">{children}</div>
      </Card>
    </li>
  );
}
