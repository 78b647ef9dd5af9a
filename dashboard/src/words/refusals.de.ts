/** What the server refuses, by its codes. Others are told in the server's own words. */
export const refusals: Readonly<Record<string, string>> = {
  wrong_credentials: "Benutzername oder Passwort stimmen nicht.",
  weak_password: "Dieses Passwort ist zu leicht zu erraten. Wählen Sie ein längeres.",
  name_taken: "Diesen Namen gibt es schon.",
  bad_name: "Dieser Name geht nicht. Wählen Sie einen anderen.",
  same_person: "Das ist schon dieselbe Person.",
  no_encoding: "Dieses Gesicht hat keine Kodierung, die sich vergleichen lässt.",
  overloaded: "Der Server hat gerade zu viel zu tun. Versuchen Sie es gleich noch einmal.",
  disk_full:
    "Auf dem Server ist kein Platz mehr. Schaffen Sie Platz und versuchen Sie es noch einmal.",
  too_large: "Die Datei ist zu groß.",
  bad_image: "Diese Datei ist kein Bild, oder sie ist beschädigt.",
  too_many_pixels: "Das Bild hat zu viele Bildpunkte.",
  image_too_small: "Das Bild ist zu klein.",
  unsupported_media_type: "Dieses Bildformat kann der Server nicht lesen.",
  heic_not_read: "Dem Server fehlt der Teil, der HEIC liest. Nehmen Sie ein JPEG.",
  animated: "Ein bewegtes Bild geht nicht. Nehmen Sie ein Foto.",
  no_face: "Kein Gesicht gefunden: Schauen Sie in die Kamera, mit Licht von vorn.",
  several_faces:
    "Mehrere Gesichter, und keines sticht hervor: nur eine Person auf einmal, in der Mitte.",
  turned: "Das Gesicht liegt quer oder steht auf dem Kopf: Drehen Sie das Bild.",
  face_too_small: "Das Gesicht ist zu klein: Kommen Sie näher.",
  too_dark: "Das Gesicht ist zu dunkel: Drehen Sie sich zum Licht.",
  too_bright: "Das Gesicht ist zu hell: Gehen Sie aus dem direkten Licht.",
  blurred: "Das Gesicht ist unscharf: Halten Sie still, und stellen Sie die Kamera scharf.",
  cut_off: "Das Gesicht ist vom Rand abgeschnitten: Gehen Sie zur Mitte.",
  partly_hidden:
    "Ein Teil des Gesichts ist verdeckt: Nehmen Sie Maske, Sonnenbrille oder Hand weg.",
  extreme_pose: "Das Gesicht ist abgewandt: Schauen Sie gerade in die Kamera.",
  only_one:
    "Das Foto ist schlecht und wird benutzt, weil es kein besseres gibt: Fügen Sie eines hinzu.",
};
