// Makes the page installable and shows alerts, and nothing more: nothing is kept here, above all no
// face. It does not listen to requests: those that a page sends while it is being left would be lost
// with the page, because they would go through it.
self.addEventListener("push", (event) => {
  // a browser that is told and shows nothing takes the permission back
  event.waitUntil(showAlert(event.data?.json() ?? { title: "Lookout" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openAlert(event.notification.data.alert));
});

/** An alert that is told again takes the place of the one before, and is heard where that matters. */
function showAlert({ title, body, tag, alert, notice, timestamp }) {
  return self.registration.showNotification(title, {
    body,
    tag,
    renotify: Boolean(tag) && notice === "told",
    timestamp: timestamp ? timestamp * 1000 : undefined,
    icon: "icon-192.png",
    data: { alert },
  });
}

/** Shows an alert in the page that is open, else in a new one. */
async function openAlert(alert) {
  const place = alert ? `#/alerts?alert=${encodeURIComponent(alert)}` : "#/alerts";
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages[0];
  if (!page) return self.clients.openWindow(new URL(place, self.registration.scope).href);
  page.postMessage({ place });
  return page.focus();
}
