/** What a peer may send and a server keeps, unless a server says otherwise in its `welcome`. */
export const LIMITS = {
  /** Bytes of one frame; more closes the connection with 1009. */
  maxFrameBytes: 65_536,
  /** Bytes of a chat text in UTF-8. */
  maxTextBytes: 16_384,
  /** Messages a second, in the long run. */
  perSecond: 20,
  /** Messages at once. */
  burst: 40,
  /** Characters of a message's id. */
  maxIdLength: 64,
  /** Characters of an offset. */
  maxOffsetLength: 64,
  /** Events in one report. */
  maxReportEvents: 32,
  /** Characters of each text in a report. */
  maxReportText: 200,
  /** A replay waits while more bytes than this are buffered for the connection. */
  replayPauseBytes: 262_144,
  /** A connection whose send buffer passes this many bytes is closed with 4008. */
  sendBufferBytes: 1_048_576,
  /** Ids of a session that are remembered, to recognise a repeated message. */
  rememberedIds: 1_000,
  /** Messages of a room that are kept. */
  roomMessages: 1_000,
  /** A client that goes on too fast for this long, in ms, is closed with 1008. */
  policyAfterMs: 10_000,
  /** A standby connection that nobody claims is closed after this long, in ms. */
  standbyMs: 10_000,
  /** A client waits this long, in ms, for `welcome`; after that the server is a plain one. */
  welcomeInMs: 2_000,
} as const;
