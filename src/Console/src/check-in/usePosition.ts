import { useCallback, useEffect, useRef, useState } from "react";

export type PositionFault = "insecure" | "unsupported" | "denied" | "unavailable" | "slow";

// An earlier, better one is as good as a new one for so long.
const fresh = 15_000;

/** Where the device is, as long as it is wanted. The best of the last seconds counts. */
export function usePosition() {
  const [fix, setFix] = useState<GeolocationPosition | null>(null);
  const [fault, setFault] = useState<PositionFault | null>(null);
  const watch = useRef<number | null>(null);

  const stop = useCallback(() => {
    if (watch.current !== null) navigator.geolocation.clearWatch(watch.current);
    watch.current = null;
  }, []);
  const start = useCallback(() => {
    stop();
    setFault(null);
    if (!window.isSecureContext) return setFault("insecure");
    if (!("geolocation" in navigator)) return setFault("unsupported");
    watch.current = navigator.geolocation.watchPosition(
      (found) => {
        setFault(null);
        setFix((before) =>
          before && found.timestamp - before.timestamp < fresh && before.coords.accuracy < found.coords.accuracy ? before : found,
        );
      },
      ({ code }) => setFault(code === 1 ? "denied" : code === 2 ? "unavailable" : "slow"),
      { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 },
    );
  }, [stop]);

  useEffect(() => stop, [stop]);
  return { fix, fault, start, stop };
}
