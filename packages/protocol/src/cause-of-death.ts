/** Why a connection ended, with the sentence for people. A closed set: metrics have one label value for each. */
export const CAUSES_OF_DEATH = {
  closed_by_client: "the client closed it",
  closed_by_server: "the server closed it",
  network_silent: "the network fell silent",
  idle_timeout_suspected: "something on the way cuts idle connections",
  device_slept: "the device slept",
  page_frozen: "the browser froze the page",
  server_stalled: "the server stalled",
  drained: "the server was drained",
  slow_consumer: "the client could not keep up",
  policy: "the client broke a rule",
  replaced: "a newer connection of the session took over",
  server_lost: "the server was lost",
} as const;

export type CauseOfDeath = keyof typeof CAUSES_OF_DEATH;
