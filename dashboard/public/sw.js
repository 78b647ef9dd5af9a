// Makes the page installable, and nothing more: nothing is kept here, above all no face. The page
// comes from the network; where there is none, words say so instead of the browser's own page.
const WORDS = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Lookout</title><h1>Lookout cannot be reached</h1>
<p>The server does not answer. Is it on, and is this device in the same network?</p>
<p><a href="">Try again</a></p>`;

self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  event.respondWith(
    fetch(event.request).catch(
      () => new Response(WORDS, { headers: { "Content-Type": "text/html" } }),
    ),
  );
});
