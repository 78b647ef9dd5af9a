import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { start } from "./api/session";
import { App } from "./app";
import { pageOf, prefetch } from "./pages";
import { go, placeOf } from "./route";
import "./styles.css";
import { reloadAfterUpdates } from "./ui/failsafe";
import { preferredLanguage, wordsOf } from "./words";

reloadAfterUpdates();
void start();
prefetch(pageOf(placeOf(window.location.hash))); // while the server says who this is
if (import.meta.env.PROD) {
  // only on https and localhost; elsewhere the page works without being installable
  void navigator.serviceWorker?.register("./sw.js").catch(() => undefined);
}

navigator.serviceWorker?.addEventListener("message", ({ data }: MessageEvent) => {
  // somebody has opened an alert that the browser shows
  if (typeof data?.place === "string" && data.place.startsWith("#/")) go(data.place);
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const language = preferredLanguage();
void wordsOf(language).then((words) =>
  createRoot(root).render(
    <StrictMode>
      <App first={{ language, words }} />
    </StrictMode>,
  ),
);
