import type * as english from "./webcam.en";

export const webcam: typeof english.webcam = {
  open: "Kamera dieses Geräts benutzen",
  notHere: "Die Kamera dieses Geräts geht nur über https, oder auf der Maschine des Servers.",
  refusals: {
    NotAllowedError:
      "Dem Browser wurde gesagt, dass diese Seite die Kamera nicht benutzen darf. Seine Einstellungen für diese Seite ändern das.",
    NotFoundError: "Dieses Gerät hat keine Kamera.",
    NotReadableError: "Ein anderes Programm benutzt die Kamera.",
  },
  hints: {
    wait: "Fängt an …",
    nobody: "Schauen Sie in die Kamera",
    several: "Bitte nur eine Person",
    closer: "Kommen Sie näher",
    back: "Gehen Sie etwas zurück",
    middle: "Gehen Sie zur Mitte",
    darker: "Zu hell: weg vom Licht",
    brighter: "Zu dunkel: hin zum Licht",
    still: "Halten Sie still",
    straight: "Schauen Sie gerade in die Kamera",
    left: "Drehen Sie sich etwas nach links",
    right: "Drehen Sie sich etwas nach rechts",
    lessTurned: "Nicht so weit",
    good: "Gut",
  },
  views: { straight: "Gerade", left: "Nach links", right: "Nach rechts" },
  all: "Fertig",
  again: "Noch einmal",
  use: (n) => (n === 1 ? "1 Foto nehmen" : `${n} Fotos nehmen`),
};
