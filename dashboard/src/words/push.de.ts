import type * as english from "./push.en";

export const push: typeof english.push = {
  title: "Alarme auf diesem Gerät",
  how: "Auch dann, wenn keine Seite von Lookout offen ist.",
  unsupported:
    "Dieser Browser zeigt keine. Auf einem iPhone muss die Seite erst auf den Home-Bildschirm.",
  insecure: "Ein Browser zeigt sie nur für eine Seite, die über https kommt.",
  denied:
    "Diesem Browser wurde gesagt, dass er keine zeigen soll. Seine Einstellungen für diese Seite ändern das.",
  missing: "Dem Server fehlt der Teil, der sie sendet (das Extra „webpush“).",
  noChannel: "Zuerst muss ein Verwalter einen Kanal der Art „Browser (Web Push)“ anlegen.",
  channel: "Von welchem Kanal",
  name: "Wie dieses Gerät heißt",
  on: "Alarme hier zeigen",
  off: "Hier keine zeigen",
  isOn: "Alarme werden auf diesem Gerät gezeigt.",
  yours: "Ihre Browser",
  this: "dieser",
  since: (when) => `seit ${when}`,
  remove: (name) => `${name} entfernen`,
};
