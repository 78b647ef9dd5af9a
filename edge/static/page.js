import { Feed } from "./feed.js";
import { Status } from "./status.js";
import { ChallengePanel } from "./challenge.js";
import { CaptureForm } from "./capture.js";
import { Corrections } from "./corrections.js";
import { Faces } from "./faces.js";

const feed = new Feed(document.getElementById("feed"));
const faces = new Faces(new Corrections(document.getElementById("note").dataset.url));
const challenge = new ChallengePanel(document.getElementById("challenge"));
const status = new Status({ faces, challenge, onReturn: () => feed.restart() });
new CaptureForm(document.getElementById("capture"), challenge);

// A hidden page watches nothing: it costs the Pi neither a stream nor a question.
function follow() {
  if (document.hidden) {
    feed.stop();
    status.stop();
  } else {
    feed.restart();
    status.start();
  }
}
document.addEventListener("visibilitychange", follow);
window.addEventListener("pageshow", (event) => event.persisted && follow());
follow();
