import type * as english from "./people.en";

export const people: typeof english.people = {
  add: "Person hinzufügen",
  search: "Personen suchen",
  none: "Noch ist niemand bekannt",
  how: "Fügen Sie jemanden mit einem Foto hinzu, oder benennen Sie ein Gesicht, das eine Kamera gesehen hat.",
  notFound: "So heißt niemand",
  otherSpelling: "Versuchen Sie einen Teil des Namens oder eine andere Schreibweise.",
  photographs: (n) => (n === 1 ? "1 Foto" : `${n} Fotos`),
  drop: "Fotos einer Person hier ablegen",
  chosen: (n) => (n === 1 ? "1 Foto gewählt" : `${n} Fotos gewählt`),
  advice: "Ein Gesicht, von vorn, bei gutem Licht. Drei bis fünf verschiedene sind am besten.",
  open: "Zur Person",
  learned: (n) =>
    n === 0 ? "Kein Foto wurde gelernt." : n === 1 ? "1 Foto gelernt." : `${n} Fotos gelernt.`,
};

export const person: typeof english.person = {
  rename: "Umbenennen",
  renamed: (name) => `Heißt jetzt ${name}.`,
  merge: "Zusammenlegen …",
  mergeTitle: (name) => `${name} ist ein doppelter Eintrag`,
  mergeWith: "Dieselbe Person wie",
  mergeWarning: (gone, stays) =>
    `Alles von ${gone} gehört dann ${stays}: Fotos, Sichtungen, Ablehnungen. Eine Woche lang lässt es sich zurücknehmen.`,
  mergeAction: "Es ist dieselbe Person",
  merged: (name) => `Mit ${name} zusammengelegt.`,
  mergesTitle: "Als dieselbe Person erkannt",
  mergedAt: (name, when) => `${name}, ${when}`,
  separate: "Es sind zwei",
  separated: (name) => `${name} ist wieder da.`,
  forgetWhat: (n) =>
    `Endgültig gelöscht werden: ${n === 1 ? "1 Foto" : `${n} Fotos`}, jede Sichtung und jedes Ereignis dieser Person und der Schlüssel, mit dem all das versiegelt ist.`,
  forgotten: (name) => `${name} ist vergessen.`,
  lastSeen: "Zuletzt gesehen",
  never: "Nie",
  since: "Bekannt seit",
  identifier: "Kennung",
  hours: "Übliche Stunden",
  mostly: (hour) => `Meist zwischen ${hour} und ${hour + 1} Uhr gesehen.`,
  photographs: "Fotos",
  noPhotographs: "Es gibt keines: Diese Person kann nicht erkannt werden. Fügen Sie eines hinzu.",
  fromFile: (n) =>
    n === 1
      ? "Und 1 aus der Galeriedatei, ohne Bild."
      : `Und ${n} aus der Galeriedatei, ohne Bilder.`,
  openPhotograph: (quality) => `Foto, ${quality}`,
  photograph: "Foto",
  addPhotographs: "Fotos hinzufügen",
  poor: "schlecht, aber benutzt",
  onlyPoor:
    "Das einzige Foto ist ein schlechtes, darum wird diese Person oft nicht erkannt. Fügen Sie ein besseres hinzu.",
  moveTo: "Es zeigt jemand anderen:",
  moved: (name) => `Gehört jetzt zu ${name}.`,
  all: "Alle",
  notSeen: "Noch nicht gesehen.",
  rejections: (name) => `Nicht ${name}, wurde gesagt`,
  takeBack: "Zurücknehmen",
  takenBack: "Zurückgenommen.",
};
