/** The words of taking photographs by the camera of the device. */
export const webcam = {
  open: "Use this device’s camera",
  notHere: "This device’s camera can be used only over https, or on the server’s own machine.",
  refusals: {
    NotAllowedError:
      "The browser was told not to let this page use the camera. Its settings for this page can change that.",
    NotFoundError: "This device has no camera.",
    NotReadableError: "Another program uses the camera.",
  },
  hints: {
    wait: "Starting …",
    nobody: "Look into the camera",
    several: "Only one person, please",
    closer: "Come closer",
    back: "Go back a little",
    middle: "Move to the middle",
    darker: "Too bright: turn away from the light",
    brighter: "Too dark: turn towards the light",
    still: "Hold still",
    straight: "Look straight into the camera",
    left: "Turn left a little",
    right: "Turn right a little",
    lessTurned: "Not so far",
    good: "Good",
  },
  views: { straight: "Straight", left: "Turned left", right: "Turned right" },
  all: "Done",
  again: "Once more",
  use: (n: number) => (n === 1 ? "Use 1 photograph" : `Use ${n} photographs`),
};
