import type * as english from "./sightings.en";

export const sightings: typeof english.sightings = {
  none: "Noch wurde niemand gesehen",
  how: "Sobald eine Kamera ein Gesicht sieht, steht es hier.",
  noneSo: "Eine solche Sichtung gibt es nicht",
  filterLess: "Fragen Sie nach weniger: andere Zeit, andere Kamera.",
  state: "Wer",
  camera: "Kamera",
  period: "Wann",
  all: "Alle",
  anyTime: "Jederzeit",
  periods: { day: "Letzte 24 Stunden", week: "Letzte 7 Tage", month: "Letzte 30 Tage" },
  onlyOf: (name) => `Nur ${name}`,
  ofAll: "Alle zeigen",
};

export const sighting: typeof english.sighting = {
  title: "Sichtung",
  unknown: "Unbekannt",
  unsure: "Unsicher",
  somebody: "Jemand Bekanntes",
  bestShot: "Das beste Bild dieser Sichtung",
  toPerson: "Zur Person",
  thisIs: "Das ist …",
  thisIsElse: "Nein, das ist …",
  named: (name) => `Das ist jetzt ${name}.`,
  notThis: (name) => `Nicht ${name}`,
  rejected: (name) => `Nicht ${name}: Ein solches Gesicht heißt nicht mehr so.`,
  takeBack: "Es war doch richtig",
  ignore: "Nicht von Belang",
  ignoreTitle: "Diese Person künftig übergehen?",
  ignoreWhat:
    "Ein solches Gesicht bekommt keinen Namen und wird nicht mehr aufgezeichnet, und was von dieser unbekannten Person aufgezeichnet ist, wird vergessen. Unter den Unbekannten lässt sich das zurücknehmen; die Sichtungen kommen nicht zurück.",
  ignored: "Wird künftig übergangen.",
  noComparison:
    "Es gibt nichts zu vergleichen: Das Gesicht hat keine Kodierung des jetzigen Kodierers.",
};

export const decision: typeof english.decision = {
  title: "Warum?",
  now: "So würde über das beste Gesicht dieser Sichtung jetzt entschieden.",
  named: "Nah genug an einer Person und weit genug von allen anderen.",
  margin: (margin, needed) => `Die nächste Person ist ${margin} weiter weg; nötig sind ${needed}.`,
  distance: (distance) => `Abstand ${distance}`,
  tolerance: "bis hier zählt es",
  strangers: "so nah wie kein Fremder",
  sample: (name) => `Foto von ${name}`,
  scale: (name, distances, tolerance) =>
    `Abstände zu den Fotos von ${name}: ${distances}. Bis ${tolerance} zählen sie.`,
  reasons: {
    not_seen: () => "noch gibt es keine Kodierung",
    nobody_enrolled: () => "noch ist niemand bekannt",
    ignored: () => "diese Person soll übergangen werden",
    far: (v) => `niemand liegt innerhalb von ${v.tolerance}; am nächsten liegt ${v.distance}`,
    few_votes: (v) => `nur ${v.share} der Stimmen; nötig sind ${v.needed}`,
    strangers_near: (v) =>
      `${v.chance} der Fremden kämen so nah wie ${v.distance}; erlaubt sind ${v.allowed}`,
    not_near_enough: (v) => `der Abstand ist ${v.distance}; für diese Person sind ${v.limit} nötig`,
    rejected: (v) =>
      `von einem solchen Gesicht (Abstand ${v.apart}) wurde gesagt, dass es nicht ${v.name} ist`,
    two_people: (v) => `eine andere Person ist ${v.margin} weiter weg; nötig sind ${v.needed}`,
    not_live: () => "das Gesicht war nicht als lebend zu erkennen, was ein Name hier verlangt",
    not_proved: () =>
      "das Gesicht hat nicht getan, worum es gebeten wurde, was ein Name hier verlangt",
  },
};

export const told: typeof english.told = {
  title: "Warum wurde gemeldet, oder nicht?",
  noRule: "Es gibt keine Regel, die etwas hätte melden können.",
  yes: "hat gemeldet",
  no: "hat nicht gemeldet",
};

export const unknown: typeof english.unknown = {
  none: "Alle haben einen Namen",
  nobody: "Wen eine Kamera sieht und nicht kennt, der steht hier.",
  onlyLater: (n) => (n === 1 ? "1 ist zurückgestellt" : `${n} sind zurückgestellt`),
  showLater: "Wieder zeigen",
  left: (n) => (n === 1 ? "1 Person ohne Namen" : `${n} Personen ohne Namen`),
  keys: "Tasten: j und k gehen durch die Liste, 1–3 nimmt einen Vorschlag, n tippt einen Namen, l stellt zurück, x übergeht, u nimmt den letzten Schritt zurück.",
  seen: (n) => (n === 1 ? "Einmal gesehen" : `${n}-mal gesehen`),
  odd: (n) =>
    n === 1
      ? "Das gestrichelte Gesicht weicht ab. Ist es dieselbe Person? Wenn nicht, wählen Sie es und trennen Sie es ab."
      : `Die ${n} gestrichelten Gesichter weichen ab. Ist es dieselbe Person? Wenn nicht, wählen Sie sie und trennen Sie sie ab.`,
  face: (when, camera, odd) => `Gesicht von ${when}, ${camera}${odd ? ", weicht ab" : ""}`,
  maybe: "Vielleicht",
  maybeOneOf: "Vielleicht jemand von diesen; sie sind einander nah",
  who: "Wer ist das?",
  split: (n) => (n === 1 ? "Dieses Gesicht abtrennen" : `Diese ${n} abtrennen`),
  splitDone: (n) => (n === 1 ? "Abgetrennt." : `${n} abgetrennt.`),
  join: "Dasselbe wie …",
  joinTitle: "Dieselbe Person wie welche?",
  joined: "Zusammengelegt.",
  later: "Später",
  ignore: "Nicht von Belang",
  ignoredFaces: (n) => (n === 1 ? "1 übergangenes Gesicht" : `${n} übergangene Gesichter`),
  ignoredWhat:
    "Sie bekommen keinen Namen und werden nicht aufgezeichnet. Zurückgenommen, kommen sie wieder hierher, sobald sie gesehen werden.",
  ignoredAt: (camera, when) => (camera ? `${camera}, ${when}` : when),
  noLongerIgnored: "Wird nicht mehr übergangen.",
  named: (name, learned, refused) =>
    `Das ist ${name}. ${learned === 1 ? "1 Ansicht" : `${learned} Ansichten`} gelernt${refused ? `, ${refused} nicht gut genug` : ""}.`,
};

export const search: typeof english.search = {
  title: "Wer ist das, und wo war die Person?",
  how: "Legen Sie ein Bild ab. Jede Sichtung dieses Gesichts wird gefunden, unter welchem Namen auch immer.",
  drop: "Ein Bild hier ablegen",
  picture: "Das Bild, nach dem gesucht wird",
  face: (n) => `Gesicht ${n}`,
  noFace: "In diesem Bild ist kein Gesicht",
  noFaceWhy: "Vielleicht ist es zu klein oder abgewandt.",
  choose: (n) => `Es sind ${n} Gesichter: welches?`,
  chooseHow: "Wählen Sie einen Rahmen im Bild.",
  nothing: "Dieses Gesicht wurde nicht gesehen",
  searched: (n) =>
    n === 1 ? "1 Sichtung wurde verglichen." : `${n} Sichtungen wurden verglichen.`,
  found: (n, of) =>
    `${n === 1 ? "1 Sichtung" : `${n} Sichtungen`} dieses Gesichts, von ${of} verglichenen.`,
  remember: "Dieses Gesicht merken",
};
