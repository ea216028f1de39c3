import type { ChatRecord, Connection, ConnectionSnapshot } from "@lubdub/client";
import { type FormEvent, type ReactElement, useEffect, useId, useRef, useState } from "react";
import { clockText } from "./time-text.ts";

const STATE_WORDS: Readonly<Record<ChatRecord["state"], string>> = {
  queued: "waiting",
  sent: "sent",
  delivered: "✓",
  refused: "not sent",
};

/** The messages of a room, and a line to write one; writing goes on while the connection is away. */
export function ChatPanel(props: {
  readonly connection: Connection;
  readonly snapshot: ConnectionSnapshot;
}): ReactElement {
  const { connection, snapshot } = props;
  const end = useRef<HTMLLIElement>(null);
  const { messages } = snapshot;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new message is to be seen
  useEffect(() => {
    end.current?.parentElement?.scrollTo?.({ top: end.current.offsetTop });
  }, [messages]);
  return (
    <div className="lub-chat">
      <ol className="lub-messages" role="log" aria-label={`Chat of room ${snapshot.room}`} aria-live="off">
        {messages.length === 0 && <li className="lub-label">No messages in {snapshot.room} yet.</li>}
        {messages.map((message) => (
          <MessageRow key={`${message.from} ${message.id}`} message={message} />
        ))}
        <li ref={end} aria-hidden="true" className="lub-end" />
      </ol>
      <Composer connection={connection} isAway={snapshot.state.phase !== "open"} />
    </div>
  );
}

function MessageRow({ message }: { readonly message: ChatRecord }): ReactElement {
  const { own, from, state, text, at, problem } = message;
  return (
    <li className="lub-message" data-own={own} data-state={state}>
      {!own && <span className="lub-id">{from.slice(0, 6)}</span>}
      <span data-part="message-text">{text}</span>
      <span className="lub-label" title={problem}>
        {clockText(at).slice(0, 5)}
        {own && ` ${STATE_WORDS[state]}`}
        {problem !== undefined && `: ${problem}`}
      </span>
    </li>
  );
}

function Composer({
  connection,
  isAway,
}: {
  readonly connection: Connection;
  readonly isAway: boolean;
}): ReactElement {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const problemId = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() === "") return;
    const result = connection.send(text);
    setProblem(result.ok ? undefined : result.problem);
    if (result.ok) setText("");
  };
  return (
    <form className="lub-composer" onSubmit={submit}>
      <input
        className="lub-input"
        aria-label="Message"
        aria-describedby={problem === undefined ? undefined : problemId}
        placeholder={isAway ? "Written now, sent when the connection is back" : "Type a message…"}
        value={text}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="lub-button" data-kind="primary">
        Send
      </button>
      {problem !== undefined && (
        <p id={problemId} role="alert" className="lub-problem">
          {problem}
        </p>
      )}
    </form>
  );
}
