import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { request } from "../api/client";
import { Problem } from "../api/problem";
import { useCamera } from "../shared/useCamera";
import { ActionPicture } from "./ActionPicture";
import type { Session } from "./CheckIn";
import { runLiveness, type LivenessAnswer } from "./liveness";
import { Place } from "./Place";
import type { Site } from "./place";
import { allowSound, play, say } from "./sounds";
import { usePosition } from "./usePosition";
import { Verdict, type Decision } from "./Verdict";

type Phase =
  | { name: "ask" }
  | { name: "face"; restarts: number }
  | { name: "lost"; restarts: number }
  | { name: "paused" }
  | { name: "sending"; token: string; since: number; isAway: boolean }
  | { name: "failed"; text: string; wait?: number }
  | { name: "done"; decision: Decision };

/** Of a liveness result: the server takes it for 60 s. */
const tokenLife = 55_000;
const goodAccuracy = 50;
const worthWaiting = 8_000;
const mostRestarts = 5;
const wordOf = (text: string) => text.toLowerCase().replaceAll(" ", "_");

function deviceId() {
  const known = localStorage.getItem("device");
  if (known) return known;
  const made = `phone-${crypto.randomUUID().slice(0, 8)}`;
  localStorage.setItem("device", made);
  return made;
}

/** From asking for camera and position to the verdict. */
export function Attempt({
  session,
  student,
  sites,
  onEnded,
}: {
  session: Session;
  student: string;
  sites: Site[] | null;
  onEnded: () => void;
}) {
  const { t, i18n } = useTranslation(["check-in", "camera"]);
  const [phase, setPhase] = useState<Phase>({ name: "ask" });
  const [answer, setAnswer] = useState<LivenessAnswer | null>(null);
  const [hasSound, setSound] = useState(true);
  const video = useRef<HTMLVideoElement>(null);
  const camera = useCamera(video, { longSide: 640 });
  const position = usePosition();
  const fix = useRef<GeolocationPosition | null>(null);
  fix.current = position.fix;

  const begin = useCallback(() => {
    if (hasSound) allowSound();
    setAnswer(null);
    position.start();
    setPhase({ name: "face", restarts: 0 });
    void camera.start();
  }, [camera, hasSound, position]);

  // One run for each time that the phase becomes "face" with a camera that is on.
  useEffect(() => {
    if (phase.name !== "face" || camera.state !== "on" || !video.current) return;
    const leaving = new AbortController();
    void runLiveness(video.current, student, setAnswer, leaving.signal).then((end) => {
      if (leaving.signal.aborted) return;
      if (end.kind === "passed") setPhase({ name: "sending", token: end.token, since: Date.now(), isAway: false });
      else if (end.kind === "failed") {
        setPhase({
          name: "failed",
          text: end.answer.error ?? "",
          ...(end.answer.retry_after_seconds && { wait: end.answer.retry_after_seconds }),
        });
      } else if (phase.restarts >= mostRestarts) setPhase({ name: "failed", text: "lost" });
      else setPhase({ name: "lost", restarts: phase.restarts });
    });
    return () => leaving.abort();
  }, [phase, camera.state, student]);

  useEffect(() => {
    if (phase.name !== "lost") return;
    setAnswer(null);
    const timer = setTimeout(() => setPhase({ name: "face", restarts: phase.restarts + 1 }), 1_000 * 2 ** phase.restarts);
    return () => clearTimeout(timer);
  }, [phase]);

  // Browsers hold the camera of a page that nobody sees.
  useEffect(() => {
    const look = () => {
      if (document.hidden && (phase.name === "face" || phase.name === "lost")) {
        camera.stop();
        setPhase({ name: "paused" });
      }
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [camera, phase]);

  useEffect(() => {
    if (phase.name === "failed" || phase.name === "done" || phase.name === "sending") camera.stop();
    if (phase.name === "failed" || phase.name === "done") position.stop();
  }, [phase.name]); // eslint-disable-line react-hooks/exhaustive-deps

  useEffect(() => {
    if (phase.name !== "failed" || !phase.wait) return;
    const timer = setTimeout(() => setPhase({ ...phase, wait: phase.wait! - 1 }), 1_000);
    return () => clearTimeout(timer);
  }, [phase]);

  useEffect(() => {
    if (phase.name !== "sending") return;
    // A retry is the same check-in.
    const key = crypto.randomUUID();
    let isOver = false;
    let timer = 0;
    const attempt = async () => {
      const age = Date.now() - phase.since;
      if (age > tokenLife) return setPhase({ name: "failed", text: "tooLate" });
      const found = fix.current;
      if (!found || (found.coords.accuracy > goodAccuracy && age < worthWaiting)) return again(500);
      try {
        const decision = await send(key, student, phase.token, found);
        if (isOver) return;
        if (hasSound) play(decision.decision === "refused" ? "bad" : "good");
        setPhase({ name: "done", decision });
      } catch (error) {
        if (isOver) return;
        const problem = error as Problem;
        if (problem.status === 401) return onEnded();
        if (problem.status !== 0 && problem.status < 500) return setPhase({ name: "failed", text: problem.message });
        setPhase((now) => (now.name === "sending" && !now.isAway ? Object.assign(now, { isAway: true }) && { ...now } : now));
        again(2_000);
      }
    };
    const again = (pause: number) => {
      if (!isOver) timer = window.setTimeout(() => void attempt(), pause);
    };
    void attempt();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [phase.name === "sending" ? phase.token : null]); // eslint-disable-line react-hooks/exhaustive-deps

  const challenge = phase.name === "face" ? answer?.challenge : null;
  const rests = answer?.hint === "look_straight" || answer?.hint === "hold";
  const instruction =
    phase.name !== "face" || camera.state !== "on"
      ? ""
      : !answer
        ? t("face.connecting")
        : rests
          ? t(`hints.${answer.hint!}`)
          : answer.challenge
            ? t(`challenges.${answer.challenge}`, answer.challenge)
            : "";
  const asked = !rests && challenge ? challenge : "";
  useEffect(() => {
    if (!hasSound || !asked) return;
    play("ask");
    say(t(`challenges.${asked}`, asked), i18n.language);
  }, [asked, answer?.step, hasSound, i18n.language, t]);

  if (phase.name === "done") {
    return (
      <Verdict
        decision={phase.decision}
        timeZone={session.school.time_zone}
        sites={sites}
        fix={position.fix}
        onAgain={() => setPhase({ name: "ask" })}
      />
    );
  }
  if (phase.name === "failed") {
    const known = t(`failed.${wordOf(phase.text)}`, { seconds: phase.wait ?? 0, defaultValue: "" });
    return (
      <section aria-live="assertive">
        <h1>{wordOf(phase.text) === "too_many_attempts" ? t("failed.tooMany") : t("failed.title")}</h1>
        <p>{phase.text === "tooLate" ? t("tooLate") : known || t("failed.other", { text: phase.text })}</p>
        <button type="button" disabled={!!phase.wait} onClick={begin}>
          {t("retry")}
        </button>
      </section>
    );
  }
  if (phase.name === "ask") {
    return (
      <section>
        <h1>{t("ask.hello", { name: session.username })}</h1>
        <h2>{t("ask.title")}</h2>
        <ul className="needs">
          <li>{t("ask.camera")}</li>
          <li>{t("ask.position")}</li>
        </ul>
        <p>{t("ask.next")}</p>
        <label className="check">
          <input type="checkbox" checked={hasSound} onChange={(e) => setSound(e.target.checked)} /> {t("ask.sound")}
        </label>
        <button type="button" onClick={begin}>
          {t("ask.start")}
        </button>
      </section>
    );
  }

  const trouble =
    phase.name === "lost"
      ? t("face.lost")
      : phase.name === "paused"
        ? t("face.paused")
        : answer?.error
          ? t(`frames.${wordOf(answer.error)}`, answer.error)
          : answer?.hint === "faster"
            ? t("face.faster", { rate: answer.frames_per_second ?? 1 })
            : answer?.hint && answer.hint !== "act" && !rests
              ? t(`hints.${answer.hint}`, "")
              : "";
  return (
    <section>
      <h1 className="unseen">{t("face.title")}</h1>
      <div className={phase.name === "sending" || camera.state === "failed" ? "face gone" : "face"}>
        <video ref={video} muted playsInline className={camera.isMirrored ? "mirrored" : undefined} aria-hidden="true" />
        <svg viewBox="0 0 100 133" className="outline" role="img" aria-label={t("face.outline")}>
          <path
            d="M0 0H100V133H0Z M50 18 C73 18 84 38 84 62 C84 92 66 115 50 115 C34 115 16 92 16 62 C16 38 27 18 50 18Z"
            fillRule="evenodd"
          />
        </svg>
        {asked && <ActionPicture action={asked} />}
      </div>
      {camera.fault && (
        <div role="alert">
          <p className="bad">{t(`camera:faults.${camera.fault}`)}</p>
          <button type="button" onClick={begin}>
            {t("retry")}
          </button>
        </div>
      )}
      {phase.name === "sending" && <p role="status">{phase.isAway ? t("away") : position.fix ? t("sending") : t("waitingForPlace")}</p>}
      <p className="instruction" aria-live="assertive">
        {instruction}
      </p>
      <p className="hint" aria-live="polite">
        {trouble}
      </p>
      {phase.name === "paused" && (
        <button type="button" onClick={begin}>
          {t("retry")}
        </button>
      )}
      {phase.name === "face" && answer?.steps !== undefined && (
        <p className="progress">
          <progress
            max={answer.steps}
            value={(answer.step ?? 1) - 1}
            aria-label={t("face.step", { step: answer.step, steps: answer.steps })}
          />
          <span>{t("face.step", { step: answer.step, steps: answer.steps })}</span>
          <span role="timer">{t("face.left", { seconds: answer.expires_in ?? 0 })}</span>
        </p>
      )}
      <h2>{t("place.title")}</h2>
      {position.fault ? (
        <div role="alert">
          <p className="bad">{t(`positionFaults.${position.fault}`)}</p>
          <button type="button" onClick={position.start}>
            {t("retry")}
          </button>
        </div>
      ) : (
        <Place sites={sites} fix={position.fix} />
      )}
    </section>
  );
}

async function send(key: string, student: string, token: string, { coords, timestamp }: GeolocationPosition): Promise<Decision> {
  const body = {
    student_id: student,
    liveness_token: token,
    lat: coords.latitude,
    lon: coords.longitude,
    accuracy_m: coords.accuracy,
    captured_at: new Date(timestamp).toISOString(),
    device_id: deviceId(),
    mocked: false,
    class_session_id: new URLSearchParams(location.search).get("class_session_id"),
  };
  try {
    const answer = await request("/api/v1/check-ins", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Decision;
  } catch (error) {
    // A refusal is a decision too, with its reasons.
    if (error instanceof Problem && Array.isArray(error.document["reasons"])) return error.document as unknown as Decision;
    throw error;
  }
}
