import { DEFAULT_ROOM, isRoomName } from "@lubdub/protocol";
import { type FormEvent, type ReactElement, useId, useState } from "react";

/** A room's name and the button that opens a session in it. */
export function AddSession({ onAdd }: { readonly onAdd: (room: string) => void }): ReactElement {
  const [room, setRoom] = useState("");
  const [problem, setProblem] = useState<string>();
  const problemId = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const name = room.trim() === "" ? DEFAULT_ROOM : room.trim();
    if (!isRoomName(name)) {
      setProblem("A room is 1 to 64 of A-Z a-z 0-9 . _ -");
      return;
    }
    setProblem(undefined);
    setRoom("");
    onAdd(name);
  };
  return (
    <form className="console-add" onSubmit={submit}>
      <input
        className="lub-input"
        aria-label="Room"
        aria-describedby={problem === undefined ? undefined : problemId}
        aria-invalid={problem !== undefined}
        placeholder={DEFAULT_ROOM}
        value={room}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setRoom(event.target.value)}
      />
      <button type="submit" className="lub-button" data-kind="primary">
        Add session
      </button>
      {problem !== undefined && (
        <p id={problemId} role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
