import type * as english from "./removal.en";

export const removal: typeof english.removal = {
  verbs: {
    delete: { action: "Löschen", title: (what) => `${what} löschen?` },
    remove: { action: "Entfernen", title: (what) => `${what} entfernen?` },
    revoke: { action: "Widerrufen", title: (what) => `${what} widerrufen?` },
    forget: { action: "Vergessen", title: (what) => `${what} vergessen?` },
  },
  of: {
    rule: {
      what: (name) => `Die Regel „${name}“`,
      effect: "Sie meldet dann nichts mehr. Ihre Alarme bleiben.",
    },
    list: {
      what: (name) => `Die Liste „${name}“`,
      effect: "Die Personen bleiben. Eine Liste, die eine Regel braucht, lässt sich nicht löschen.",
    },
    channel: {
      what: (name) => `Den Kanal „${name}“`,
      effect:
        "Was darüber noch gesendet werden sollte, wird nicht gesendet. Ein Kanal, den eine Regel braucht, lässt sich nicht löschen.",
    },
    plan: {
      what: (name) => `Den Plan „${name}“`,
      effect:
        "Kameras verlieren ihre Plätze darauf. Ein Plan, auf dem ein Bereich gezeichnet ist, lässt sich nicht löschen.",
    },
    zone: {
      what: (name) => `Die Zone „${name}“`,
      effect: "Eine Zone, die eine Regel braucht, lässt sich nicht löschen.",
    },
    fence: {
      what: (name) => `Den Bereich „${name}“`,
      effect: "Ein Bereich, den eine Regel braucht, lässt sich nicht löschen.",
    },
    mask: {
      what: (name) => `Die Maske „${name}“`,
      effect: "Was sie verdeckt, ist von da an zu sehen.",
    },
    photograph: {
      what: () => "Dieses Foto",
      effect: "Es wird nicht mehr zum Erkennen benutzt. Das lässt sich nicht rückgängig machen.",
    },
    sighting: {
      what: () => "Diese Sichtung",
      effect: "Die Sichtung und ihr Bild sind endgültig weg.",
    },
    user: {
      what: (name) => `Das Konto „${name}“`,
      effect: "Seine Anmeldungen enden sofort.",
    },
    file: {
      what: (name) => `Die Datei „${name}“`,
      effect: "Sie ist endgültig weg; ein Mittel, das aus ihr entstand, bleibt.",
    },
    camera: {
      what: (name) => `Die Kamera „${name}“`,
      effect: "Was sie gesehen hat, bleibt. Ein Edge, der weiter sendet, kommt von selbst wieder.",
    },
    site: {
      what: (name) => `Den Standort „${name}“`,
      effect:
        "Sein Zertifikat gilt ab sofort nicht mehr, und er ist in keiner weiteren Runde. Für eine Rückkehr braucht er eine neue Einladung.",
    },
    key: {
      what: (name) => `Den Schlüssel „${name}“`,
      effect:
        "Das Programm, das ihn benutzt, wird sofort abgewiesen. Das lässt sich nicht rückgängig machen.",
    },
    person: {
      what: (name) => name,
      effect: "Dateien in utils/images bleiben, wo sie sind; Sicherungen behalten, was sie haben.",
    },
  },
};
