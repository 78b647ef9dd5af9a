import { Nothing } from "../../ui/notice";
import { useWords } from "../../words";
import { EdgeCommand } from "./edge-command";

/** There is no camera yet: what makes one. */
export function NoCamera() {
  const words = useWords();
  return (
    <Nothing title={words.cameras.none}>
      <p>{words.cameras.how}</p>
      <EdgeCommand />
    </Nothing>
  );
}
