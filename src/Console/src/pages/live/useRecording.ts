import { useCallback, useEffect, useRef, useState } from "react";
import { request } from "../../api/client";
import type { LiveFace } from "./useRecognition";

// Who stands before the camera is recorded now and then, not with every frame.
const interval = 10_000;

/** Records the attendance of the students seen, each once in a while. */
export function useRecording(isOn: boolean) {
  const [error, setError] = useState<unknown>(null);
  const [milliseconds, setMilliseconds] = useState<number | null>(null);
  const recorded = useRef(new Map<string, number>());
  useEffect(() => {
    if (isOn) return;
    recorded.current.clear();
    setError(null);
    setMilliseconds(null);
  }, [isOn]);
  const record = useCallback(
    (faces: LiveFace[]) => {
      if (!isOn) return;
      for (const { student_id: student, sighting } of faces) {
        const now = Date.now();
        if (!student || !sighting || now - (recorded.current.get(student) ?? 0) < interval) continue;
        recorded.current.set(student, now);
        const began = performance.now();
        request("/api/v1/sightings", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ sighting }),
        }).then(
          () => {
            setError(null);
            setMilliseconds(performance.now() - began);
          },
          (problem: unknown) => {
            recorded.current.delete(student);
            setError(problem);
          },
        );
      }
    },
    [isOn],
  );
  return { record, error, milliseconds };
}
