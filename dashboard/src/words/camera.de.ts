import type * as english from "./camera.en";

export const camera: typeof english.camera = {
  discover: "Im Netz nach Kameras suchen",
  discoverHow:
    "Kameras, die ONVIF sprechen, antworten von selbst; mit Benutzer und Kennwort wird jede nach ihren Strömen gefragt.",
  hosts: "Adressen, die direkt gefragt werden",
  hostsHint: "Für Kameras in einem anderen Netz; kann leer bleiben.",
  ask: "Suchen",
  answered: (n, where) =>
    `${n === 0 ? "Keine Kamera hat geantwortet" : n === 1 ? "1 Kamera hat geantwortet" : `${n} Kameras haben geantwortet`}${where ? ` (gefragt: ${where})` : ""}.`,
  take: "Übernehmen",
  settings: "Einstellungen",
  state: "Zustand",
  saved: "Gespeichert.",
  ofEdge: "Alles andere wird dort eingestellt, wo die Kamera hängt, an ihrem Edge.",
  rotate: "Im Uhrzeigersinn drehen",
  flip: "Spiegeln",
  onMap: "Auf dem Plan zeigen",
  toMap: "Auf dem Plan platzieren",
  areas: "Auf dem Bild",
  drawing: { zone: "Eine Zone", mask: "Eine Maske" },
  zones: "Zonen",
  zonesWhat: "Regeln für Alarme können fragen, ob jemand darin ist.",
  addZone: "Zone zeichnen",
  masks: "Masken",
  masksWhat: "Was darin liegt, wird geschwärzt, bevor mit dem Bild irgendetwas geschieht.",
  masksOfEdge: "Die Kamera eines Edge wird dort maskiert, wo sie hängt.",
  addMask: "Maske zeichnen",
  mask: (number) => `Maske ${number}`,
  noPicture: "Noch gibt es kein Bild; zeichnen geht trotzdem.",
  health: "Befinden",
  noHealth: "Noch ist nichts geschehen.",
  happened: {
    "camera.online": "Sendet Bilder",
    "camera.lost": "Verloren",
    "camera.changed": "Geändert",
  },
};
