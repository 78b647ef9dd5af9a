/** The words of taking something away for good: what is asked before, and what follows. */
export const removal = {
  verbs: {
    delete: { action: "Delete", title: (what: string) => `Delete ${what}?` },
    remove: { action: "Remove", title: (what: string) => `Remove ${what}?` },
    revoke: { action: "Revoke", title: (what: string) => `Revoke ${what}?` },
    forget: { action: "Forget", title: (what: string) => `Forget ${what}?` },
  },
  of: {
    rule: {
      what: (name: string) => `the rule “${name}”`,
      effect: "Nobody is told by it any more. Its alerts stay.",
    },
    list: {
      what: (name: string) => `the list “${name}”`,
      effect: "The people stay. A list that a rule needs cannot be deleted.",
    },
    channel: {
      what: (name: string) => `the channel “${name}”`,
      effect:
        "What still waits to be sent by it is not sent. A channel that a rule needs cannot be deleted.",
    },
    plan: {
      what: (name: string) => `the plan “${name}”`,
      effect:
        "Cameras lose their places on it. A plan on which a fence is drawn cannot be deleted.",
    },
    zone: {
      what: (name: string) => `the zone “${name}”`,
      effect: "A zone that a rule needs cannot be deleted.",
    },
    fence: {
      what: (name: string) => `the fence “${name}”`,
      effect: "A fence that a rule needs cannot be deleted.",
    },
    mask: {
      what: (name: string) => `the mask “${name}”`,
      effect: "What it hides is seen from now on.",
    },
    photograph: {
      what: (_: string) => "this photograph",
      effect: "Recognition no longer compares with it. This cannot be undone.",
    },
    sighting: {
      what: (_: string) => "this sighting",
      effect: "The sighting and its picture are gone for good.",
    },
    user: {
      what: (name: string) => `the account “${name}”`,
      effect: "Its sessions end at once.",
    },
    file: {
      what: (name: string) => `the file “${name}”`,
      effect: "It is gone for good; an average that was made of it stays.",
    },
    camera: {
      what: (name: string) => `the camera “${name}”`,
      effect: "What it has seen stays. An edge that goes on sending comes back by itself.",
    },
    site: {
      what: (name: string) => `the site “${name}”`,
      effect:
        "Its certificate is refused from now on, and it is in no further round. To come back it needs another invitation.",
    },
    key: {
      what: (name: string) => `the key “${name}”`,
      effect: "The program that uses it is refused at once. This cannot be undone.",
    },
    person: {
      what: (name: string) => name,
      effect: "Files in utils/images stay where they are; backups keep what they hold.",
    },
  },
};
