type Values = Readonly<Record<string, string>>;

/** The words of what was seen: sightings, why they have their names, people without one. */
export const sightings = {
  none: "Nobody has been seen yet",
  how: "As soon as a camera sees a face, it is here.",
  noneSo: "No sighting is like this",
  filterLess: "Ask for less: another time, another camera.",
  state: "Who",
  camera: "Camera",
  period: "When",
  all: "All",
  anyTime: "Any time",
  periods: { day: "Last 24 hours", week: "Last 7 days", month: "Last 30 days" },
  onlyOf: (name: string) => `Only ${name}`,
  ofAll: "Show everybody",
};

export const sighting = {
  title: "Sighting",
  unknown: "Unknown",
  unsure: "Unsure",
  somebody: "Somebody known",
  bestShot: "The best picture of this sighting",
  toPerson: "To the person’s page",
  thisIs: "This is …",
  thisIsElse: "No, this is …",
  named: (name: string) => `Now this is ${name}.`,
  notThis: (name: string) => `Not ${name}`,
  rejected: (name: string) => `Not ${name}: a face like this is no longer called so.`,
  takeBack: "It was right after all",
  ignore: "Nobody I care about",
  ignoreTitle: "Ignore this person from now on?",
  ignoreWhat:
    "A face like this gets no name and is not recorded any more, and what was recorded of this unknown person is forgotten. Below the unknown people that can be taken back; the sightings do not come back.",
  ignored: "Ignored from now on.",
  noComparison: "There is nothing to compare: the face has no encoding by the encoder in use.",
};

export const decision = {
  title: "Why?",
  now: "As the best face of this sighting would be decided now.",
  named: "Near enough to one person, and far enough from all others.",
  margin: (margin: string, needed: string) =>
    `The next person is ${margin} farther; ${needed} is needed.`,
  distance: (distance: string) => `distance ${distance}`,
  tolerance: "votes up to here",
  strangers: "as near as no stranger",
  sample: (name: string) => `Photograph of ${name}`,
  scale: (name: string, distances: string, tolerance: string) =>
    `Distances to the photographs of ${name}: ${distances}. Those up to ${tolerance} vote.`,
  reasons: {
    not_seen: (_: Values) => "no encoding was taken yet",
    nobody_enrolled: (_: Values) => "nobody is known yet",
    ignored: (_: Values) => "this person is to be ignored",
    far: (v: Values) => `nobody is within ${v.tolerance}; the nearest is at ${v.distance}`,
    few_votes: (v: Values) => `only ${v.share} of the votes; ${v.needed} are needed`,
    strangers_near: (v: Values) =>
      `${v.chance} of strangers would come as near as ${v.distance}; ${v.allowed} are allowed`,
    not_near_enough: (v: Values) =>
      `the distance is ${v.distance}; ${v.limit} is needed for this person`,
    rejected: (v: Values) => `a face like this (${v.apart} away) was said not to be ${v.name}`,
    two_people: (v: Values) => `another person is ${v.margin} farther; ${v.needed} is needed`,
    not_live: (_: Values) => "the face was not seen to be live, which a name requires here",
    not_proved: (_: Values) =>
      "the face has not done what it was asked to do, which a name requires here",
  },
};

export const told = {
  title: "Why was I told, or not?",
  noRule: "There is no rule that could have told you.",
  yes: "told",
  no: "did not tell",
};

export const unknown = {
  none: "Everybody has a name",
  nobody: "Whoever a camera sees and does not know comes here.",
  onlyLater: (n: number) => (n === 1 ? "1 is put off" : `${n} are put off`),
  showLater: "Show them again",
  left: (n: number) => (n === 1 ? "1 person without a name" : `${n} people without a name`),
  keys: "Keys: j and k go through the list, 1–3 choose a suggestion, n types a name, l puts off, x ignores, u takes the last step back.",
  seen: (n: number) => (n === 1 ? "Seen once" : `Seen ${n} times`),
  odd: (n: number) =>
    n === 1
      ? "The dashed face differs from the others. Is it the same person? If not, choose it and split it off."
      : `The ${n} dashed faces differ from the others. Are they the same person? If not, choose them and split them off.`,
  face: (when: string, camera: string, odd: boolean) =>
    `Face of ${when}, ${camera}${odd ? ", differs from the others" : ""}`,
  maybe: "Perhaps",
  maybeOneOf: "Perhaps one of these; they are close to each other",
  who: "Who is this?",
  split: (n: number) => (n === 1 ? "Split this face off" : `Split these ${n} off`),
  splitDone: (n: number) => (n === 1 ? "Split off." : `${n} split off.`),
  join: "Same as …",
  joinTitle: "The same person as which?",
  joined: "Joined.",
  later: "Later",
  ignore: "Nobody I care about",
  ignoredFaces: (n: number) => (n === 1 ? "1 ignored face" : `${n} ignored faces`),
  ignoredWhat: "They get no name and are not recorded. Taken back, they come here again when seen.",
  ignoredAt: (camera: string, when: string) => (camera ? `${camera}, ${when}` : when),
  noLongerIgnored: "No longer ignored.",
  named: (name: string, learned: number, refused: number) =>
    `This is ${name}. ${learned === 1 ? "1 view" : `${learned} views`} learned${refused ? `, ${refused} not good enough` : ""}.`,
};

export const search = {
  title: "Who is this, and where were they?",
  how: "Drop a picture. Every sighting of that face is found, under whatever name.",
  drop: "Drop a picture here",
  picture: "The picture that is searched for",
  face: (n: number) => `Face ${n}`,
  noFace: "There is no face in this picture",
  noFaceWhy: "It may be too small, or turned away.",
  choose: (n: number) => `There are ${n} faces: which one?`,
  chooseHow: "Choose a frame in the picture.",
  nothing: "This face was not seen",
  searched: (n: number) => (n === 1 ? "1 sighting was compared." : `${n} sightings were compared.`),
  found: (n: number, of: number) =>
    `${n === 1 ? "1 sighting" : `${n} sightings`} of this face, of ${of} compared.`,
  remember: "Remember this face",
};
