import type * as english from "./alerts.en";

export const alerts: typeof english.alerts = {
  tabs: { list: "Alarme", rules: "Regeln", watchlists: "Listen", channels: "Kanäle" },
  state: "Zustand",
  states: {
    firing: "Offen",
    pending: "Wird gleich gemeldet",
    acknowledged: "Gesehen",
    resolved: "Vorbei",
    suppressed: "Unterdrückt",
    expired: "Abgelaufen",
  },
  severities: { info: "Hinweis", warning: "Warnung", critical: "Kritisch" },
  none: "Es gibt keinen Alarm",
  how: "Alarme kommen von Regeln: jemand Unbekanntes bei Nacht, jemand von einer Liste, eine verlorene Kamera.",
  toRules: "Zu den Regeln",
  older: "Ältere Alarme",
  goneTitle: "Diesen Alarm gibt es nicht",
  goneWhy: "Er ist älter als das, was aufbewahrt wird, oder betraf jemanden, der vergessen wurde.",
  began: "Begonnen",
  ended: "Vorbei",
  told: "Gemeldet durch",
  rule: "Regel",
  times: (n) => `${n}-mal`,
  seenBy: (who) => `gesehen von ${who}`,
  suppressed: (by) => `nicht gemeldet: ${by}`,
  blockers: {
    list: "eine Liste will es so",
    silence: "ist still",
    alert: "ein anderer Alarm meldet es",
    cooldown: "dasselbe wurde kurz vorher gemeldet",
  },
  acknowledge: "Habe ich gesehen",
  resolve: "Ist vorbei",
  resend: "Noch einmal senden",
  silence: "Still …",
  silenceTitle: "Eine Weile nicht melden",
  silenceWhat: (rule, ofPerson) =>
    `Von „${rule}“${ofPerson ? " und dieser Person" : ""} wird nichts gemeldet. Alarme werden weiter aufgeschrieben.`,
  silenced: "Ist still.",
  hours: (hours) =>
    hours === 1 ? "1 Stunde" : hours < 48 ? `${hours} Stunden` : `${hours / 24} Tage`,
  silenceUntil: (rule, until) => `Still bis ${until}${rule ? `: ${rule}` : ""}`,
  endSilence: "Wieder melden",
  why: "Warum?",
  addRule: "Regel hinzufügen",
  noRules: "Noch gibt es keine Regel",
  rulesHow: "Eine Regel sagt, von wem, wo und wann Sie etwas wissen wollen, und auf welchem Weg.",
  enabled: "An",
  onlyHere: "nur hier gemeldet",
  who: "Wer",
  fromList: "jemand von einer Liste",
  what: "tut was",
  seconds: "so viele Sekunden lang",
  where: "Bei welchen Kameras (keine: bei allen)",
  inZones: "In welchen Zonen ihrer Bilder (keine: überall)",
  inFences: "In welchen Bereichen (keine: überall)",
  when: "Wann",
  onDays: "An welchen Tagen",
  onlyAt: "Nur zu bestimmten Zeiten",
  from: "Von",
  to: "Bis",
  days: { mon: "Mo", tue: "Di", wed: "Mi", thu: "Do", fri: "Fr", sat: "Sa", sun: "So" },
  profile: "Wer zu Hause ist",
  profiles: { any: "Egal", home: "Nur wenn jemand da ist", away: "Nur wenn niemand da ist" },
  severity: "Wie wichtig es ist",
  tell: "Melden über",
  try: "An den letzten 7 Tagen erproben",
  tried: (n) =>
    n === 0
      ? "In den letzten 7 Tagen hätte sie nichts gemeldet."
      : n === 1
        ? "In den letzten 7 Tagen hätte sie einmal gemeldet:"
        : `In den letzten 7 Tagen hätte sie ${n}-mal gemeldet:`,
  sentence: {
    who: {
      anyone: "Irgendjemand",
      unknown: "Jemand Unbekanntes",
      known: "Jemand Bekanntes",
      nobody: "Niemand",
      list: "Jemand von einer Liste",
    },
    what: {
      appears: "erscheint",
      leaves: "geht",
      enters: "betritt eine Zone",
      exits: "verlässt eine Zone",
      stays: "bleibt",
      absent: "wird nicht gesehen",
      impossible_speed: "ist zu schnell an zwei Orten",
      spoof: "zeigt das Bild eines Gesichts",
      camera_lost: "ist verloren",
    },
    crosses: {
      enters: (areas) => `betritt ${areas}`,
      exits: (areas) => `verlässt ${areas}`,
    },
    onList: (lists) => `Jemand von ${lists}`,
    cameraLost: "Eine Kamera ist verloren",
    forS: (seconds) =>
      seconds % 3600 === 0
        ? `${seconds / 3600} h lang`
        : seconds % 60 === 0
          ? `${seconds / 60} min lang`
          : `${seconds} s lang`,
    at: (cameras) => `bei ${cameras}`,
    interval: (from, to, days) =>
      `von ${from} bis ${to}${days.length ? ` (${days.join(", ")})` : ""}`,
    or: " oder ",
    profile: { home: "während jemand da ist", away: "während niemand da ist" },
  },
  addList: "Liste hinzufügen",
  listKind: "Was sie bedeutet",
  listKinds: {
    alert: "Melden, was auch sonst gilt",
    vip: "Freundlich melden",
    allow: "Darf hier sein",
    mute: "Nicht melden",
  },
  listEmpty: "Niemand steht darauf.",
  putOn: "Jemanden auf die Liste setzen",
  takeOff: (name) => `${name} von der Liste nehmen`,
  everyUnknown: "Alle Unbekannten",
  wanted: "Jemand, der noch nicht bekannt ist",
  wantedHow: "Ein Foto genügt. Die Person ist von da an unter diesem Namen bekannt.",
  wantedAdd: "Auf die Liste setzen",
  wantedDone: (name) => `${name} steht auf der Liste.`,
  noChannels: "Noch gibt es keinen Kanal",
  channelsHow: "Ohne einen stehen Alarme nur hier.",
  channelKind: "Art",
  channelKinds: {
    webhook: "Webhook",
    email: "E-Mail",
    apprise: "Apprise",
    webpush: "Browser (Web Push)",
    file: "Protokolldatei",
  },
  channelStates: { ready: "Bereit", failing: "Kommt nicht durch", disabled: "Ausgeschaltet" },
  addChannel: "Kanal hinzufügen",
  url: "Adresse",
  subject: "Eine Adresse von Ihnen",
  subjectHint:
    "mailto:sie@example.org; dorthin schreiben die Push-Dienste, wenn etwas nicht stimmt.",
  secret: "Geheimnis",
  secretHint: "Unterschreibt jede Nachricht; leer, wenn die andere Seite nichts prüft.",
  host: "Mailserver",
  sender: "Von",
  recipients: "An",
  leaveName: "Namen dürfen hinaus",
  leavePicture: "Bilder dürfen hinaus",
  leaves: (name, picture) =>
    name && picture
      ? "Namen und Bilder gehen hinaus."
      : name
        ? "Namen gehen hinaus, Bilder nicht."
        : picture
          ? "Bilder gehen hinaus, Namen nicht."
          : "Weder Namen noch Bilder gehen hinaus.",
  test: "Probe senden",
  taken: "Wurde angenommen.",
  notTaken: "Wurde nicht angenommen.",
};
