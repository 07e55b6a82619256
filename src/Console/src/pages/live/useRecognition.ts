import { useEffect, useRef, useState } from "react";
import { request, type Schemas } from "../../api/client";
import { Problem } from "../../api/problem";

export type LiveFace = Schemas["RecognizedFace"] & { full_name?: string | null; sighting?: string | null };
export type Recognition = Omit<Schemas["Recognition"], "faces"> & { faces: LiveFace[] };

export type Seen = {
  recognition: Recognition;
  /** Milliseconds from the sending of the picture to its answer. */
  roundTrip: number;
};

const sides = [640, 960, 1280];
// Ten a second are as many as boxes need to follow a face; the cameras at the doors want their turns, too.
const leastInterval = 100;
const slow = 900;
const quick = 250;

export async function recognize(image: Blob, signal?: AbortSignal): Promise<Recognition> {
  const form = new FormData();
  form.append("image", image, image instanceof File ? image.name : "frame.jpg");
  const answer = await request("/api/v1/recognitions?hold=true", { method: "POST", body: form, signal });
  return (await answer.json()) as Recognition;
}

/**
 * Asks who is in the frames of a moving picture, one frame at a time: the next is taken when the answer is there. What takes long is sent
 * smaller. While the server is away or busy it is asked again, less often.
 */
export function useRecognition({
  isOn,
  take,
  onSeen,
}: {
  isOn: boolean;
  take: (longSide: number) => Promise<Blob | null>;
  onSeen: (seen: Seen) => void;
}) {
  const [error, setError] = useState<unknown>(null);
  const [rate, setRate] = useState(0);
  const latest = useRef({ take, onSeen });
  latest.current = { take, onSeen };
  useEffect(() => {
    if (!isOn) return;
    const given = new AbortController();
    const { signal } = given;
    const pause = (ms: number) =>
      new Promise<void>((done) => {
        const timer = setTimeout(done, ms);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          done();
        });
      });
    void (async () => {
      let [side, patience] = [1, 500];
      const answered: number[] = [];
      while (!signal.aborted) {
        const began = performance.now();
        // A hidden page shows nothing that moves.
        const frame = document.hidden ? null : await latest.current.take(sides[side]!);
        if (!frame) {
          await pause(200);
          continue;
        }
        try {
          const sent = performance.now();
          const recognition = await recognize(frame, signal);
          if (signal.aborted) return;
          const now = performance.now();
          const roundTrip = now - sent;
          setError(null);
          patience = 500;
          answered.push(now);
          while (answered.length > 1 && (now - answered[0]! > 3_000 || answered.length > 40)) answered.shift();
          if (answered.length > 1) setRate(((answered.length - 1) * 1000) / (now - answered[0]!));
          latest.current.onSeen({ recognition, roundTrip });
          if (roundTrip > slow && side > 0) side--;
          else if (roundTrip < quick && side < sides.length - 1) side++;
          await pause(leastInterval - (performance.now() - began));
        } catch (problem) {
          if (signal.aborted) return;
          setError(problem);
          setRate(0);
          // Refused for good: the same again would be, too.
          if (problem instanceof Problem && problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
            if (problem.status !== 400 && problem.status !== 401) return;
          }
          await pause(patience);
          patience = Math.min(8_000, patience * 2);
        }
      }
    })();
    return () => {
      given.abort();
      setError(null);
      setRate(0);
    };
  }, [isOn]);
  return { error, rate };
}
