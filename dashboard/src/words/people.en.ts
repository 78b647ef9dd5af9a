/** The words of people who are known. */
export const people = {
  add: "Add a person",
  search: "Search people",
  none: "Nobody is known yet",
  how: "Add somebody with a photograph, or name a face that a camera has seen.",
  notFound: "Nobody is called that",
  otherSpelling: "Try a part of the name, or another spelling.",
  photographs: (n: number) => (n === 1 ? "1 photograph" : `${n} photographs`),
  drop: "Drop photographs of one person here",
  chosen: (n: number) => (n === 1 ? "1 photograph chosen" : `${n} photographs chosen`),
  advice: "One face, from the front, in good light. Three to five different ones are best.",
  open: "Open their page",
  learned: (n: number) =>
    n === 0
      ? "No photograph was learned."
      : n === 1
        ? "1 photograph learned."
        : `${n} photographs learned.`,
};

export const person = {
  rename: "Rename",
  renamed: (name: string) => `Now called ${name}.`,
  merge: "Merge …",
  mergeTitle: (name: string) => `${name} is somebody else’s second entry`,
  mergeWith: "The same person as",
  mergeWarning: (gone: string, stays: string) =>
    `All that is ${gone}’s becomes ${stays}’s: photographs, sightings, rejections. For a week it can be taken back.`,
  mergeAction: "They are the same person",
  merged: (name: string) => `Merged into ${name}.`,
  mergesTitle: "Found to be the same person",
  mergedAt: (name: string, when: string) => `${name}, ${when}`,
  separate: "They are two people",
  separated: (name: string) => `${name} is there again.`,
  forgetWhat: (n: number) =>
    `Deleted for good: ${n === 1 ? "1 photograph" : `${n} photographs`}, every sighting and event of this person, and the key that all of it is sealed with.`,
  forgotten: (name: string) => `${name} is forgotten.`,
  lastSeen: "Last seen",
  never: "Never",
  since: "Known since",
  identifier: "Identifier",
  hours: "Usual hours",
  mostly: (hour: number) => `Seen mostly between ${hour} and ${hour + 1} o’clock.`,
  photographs: "Photographs",
  noPhotographs: "There is none: this person cannot be recognized. Add one.",
  fromFile: (n: number) =>
    n === 1
      ? "And 1 from the gallery file, without a picture."
      : `And ${n} from the gallery file, without pictures.`,
  openPhotograph: (quality: string) => `Photograph, ${quality}`,
  photograph: "Photograph",
  addPhotographs: "Add photographs",
  poor: "poor, but used",
  onlyPoor:
    "The only photograph is a poor one, so this person is often not recognized. Add a better one.",
  moveTo: "It shows somebody else:",
  moved: (name: string) => `Moved to ${name}.`,
  all: "All",
  notSeen: "Not seen yet.",
  rejections: (name: string) => `Said not to be ${name}`,
  takeBack: "Take back",
  takenBack: "Taken back.",
};
