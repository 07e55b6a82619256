import { useCallback, useContext, useState } from "react";
import { SessionContext } from "../api/session";

/**
 * State that a reload or a log-out does not lose: what somebody is typing. Kept in this tab alone, and shown to nobody else who logs in
 * here. Never for passwords or keys.
 */
export function useDraft<T>(name: string, initial: T): [T, (value: T | ((before: T) => T)) => void, () => void] {
  const session = useContext(SessionContext);
  const [owner] = useState(() => session?.username ?? session?.kind ?? "");
  const key = `draft:${owner}:${name}`;
  const [value, setValue] = useState<T>(() => {
    const stored = sessionStorage.getItem(key);
    return stored === null ? initial : (JSON.parse(stored) as T);
  });
  const set = useCallback(
    (next: T | ((before: T) => T)) => {
      setValue((before) => {
        const value = typeof next === "function" ? (next as (before: T) => T)(before) : next;
        sessionStorage.setItem(key, JSON.stringify(value));
        return value;
      });
    },
    [key],
  );
  const forget = useCallback(() => {
    sessionStorage.removeItem(key);
    setValue(initial);
  }, [key]);
  return [value, set, forget];
}
