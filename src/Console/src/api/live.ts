import type { HubConnection } from "@microsoft/signalr";
import { useEffect, useRef, useSyncExternalStore } from "react";

/** One event of `/hubs/recognitions`, as docs/sockets.md says. */
export type LiveEvent = { type: string } & Record<string, unknown>;

type Listener = (event: LiveEvent) => void;
export type LiveState = "connecting" | "connected" | "away";

const names = [
  "recognized",
  "student.enrolled",
  "attendance.marked",
  "attendance.corrected",
  "attendance.checked_in",
  "notice.raised",
  "notice.acknowledged",
  "notice.resolved",
];
const listeners = new Set<Listener>();
const watchers = new Set<() => void>();
let connection: HubConnection | null = null;
let isOpen = false;
let state: LiveState = "connecting";

function become(next: LiveState) {
  state = next;
  watchers.forEach((tell) => tell());
}

/** Loaded when a page is shown: no page needs it to be drawn. */
async function start() {
  isOpen = true;
  const { HubConnectionBuilder, LogLevel } = await import("@microsoft/signalr");
  if (connection || !isOpen) return;
  const own = new HubConnectionBuilder()
    .withUrl("/hubs/recognitions")
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: ({ previousRetryCount }) => Math.min(30_000, 500 * 2 ** previousRetryCount) })
    .configureLogging(LogLevel.None)
    .build();
  connection = own;
  const tellAll = (event: LiveEvent) => listeners.forEach((tell) => tell(event));
  for (const name of names) own.on(name, (event: LiveEvent) => tellAll({ ...event, type: event.type ?? name }));
  own.onreconnecting(() => become("away"));
  own.onreconnected(() => become("connected"));
  own.onclose(() => become("away"));
  become("connecting");
  try {
    await own.start();
    become("connected");
  } catch {
    become("away");
    // The first attempt is not repeated by the library.
    setTimeout(() => {
      if (connection !== own) return;
      connection = null;
      if (isOpen) void start();
    }, 5_000);
  }
}

/** Calls the listener for each live event while the component is shown; the connection is shared, and open while anybody listens. */
export function useLive(listener: Listener): LiveState {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const tell: Listener = (event) => latest.current(event);
    listeners.add(tell);
    if (!isOpen) void start();
    return () => {
      listeners.delete(tell);
      // Left a moment: the next page listens too.
      setTimeout(() => {
        if (listeners.size > 0 || !isOpen) return;
        isOpen = false;
        void connection?.stop();
        connection = null;
      }, 1_000);
    };
  }, []);
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => state,
  );
}
