/** The words of alerts that this device shows also where no page is open. */
export const push = {
  title: "Alerts on this device",
  how: "Shown also where no page of Lookout is open.",
  unsupported: "This browser shows none. On an iPhone, put the page on the home screen first.",
  insecure: "A browser shows them only for a page that comes over https.",
  denied: "This browser was told not to show any. Its settings for this page can change that.",
  missing: "The server lacks the part that sends them (the extra “webpush”).",
  noChannel: "An administrator has to make a channel of the kind “Browsers (web push)” first.",
  channel: "Of which channel",
  name: "What this device is called",
  on: "Show alerts here",
  off: "Show none here",
  isOn: "Alerts are shown on this device.",
  yours: "Your browsers",
  this: "this one",
  since: (when: string) => `since ${when}`,
  remove: (name: string) => `Remove ${name}`,
};
