import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";
import { takeFrame, useCamera } from "../shared/useCamera";
import { Door } from "./decide";
import { SightingQueue } from "./queue";
import { beat, recognize } from "./server";

const frameEvery = 300;
const longSide = 960;
const whenAway = 2_000;
const whenIdle = 250;
const heartbeat = 60_000;
const shownFor = 4_000;
const cameraAgain = 5_000;
const standsStill = 15_000;
const longPress = 1_500;

/** Two loops, which go on whatever happens: one looks, the other delivers. */
export function Watch({ school, onSessionEnded, onLeave }: { school: string; onSessionEnded: () => Promise<void>; onLeave: () => void }) {
  const { t } = useTranslation(["kiosk", "camera"]);
  const video = useRef<HTMLVideoElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const camera = useCamera(video, { longSide: 1280 });
  const [queue] = useState(() => new SightingQueue());
  const [door] = useState(() => new Door());
  const [isOnline, setOnline] = useState(true);
  const [queued, setQueued] = useState(0);
  const [refused, setRefused] = useState(0);
  const [greetings, setGreetings] = useState<{ key: string; name: string; until: number }[]>([]);
  const [isSomebodyNear, setSomebodyNear] = useState(false);
  const [isFull, setFull] = useState(() => !!document.fullscreenElement);
  const { start } = camera;

  useEffect(() => void start(), []); // eslint-disable-line react-hooks/exhaustive-deps
  useScreenAwake();

  // A camera that went comes back by itself, after a night too.
  useEffect(() => {
    if (camera.state !== "failed" || camera.fault === "insecure" || camera.fault === "unsupported") return;
    const timer = setTimeout(() => void start(), cameraAgain);
    return () => clearTimeout(timer);
  }, [camera.state, camera.fault, start]);
  useEffect(() => {
    if (camera.state !== "on") return;
    let [time, since] = [-1, Date.now()];
    const timer = setInterval(() => {
      const now = video.current?.currentTime ?? 0;
      if (now !== time) [time, since] = [now, Date.now()];
      else if (Date.now() - since > standsStill) void start();
    }, 1_000);
    return () => clearInterval(timer);
  }, [camera.state, start]);

  useLoop(camera.state === "on", async () => {
    const began = performance.now();
    const frame = video.current && (await takeFrame(video.current, longSide));
    if (!frame) return frameEvery;
    try {
      const seen = await recognize(frame);
      setOnline(true);
      const { greeted, isSomebodyNear: isNear } = door.decide(seen, Date.now());
      setSomebodyNear(isNear);
      for (const face of greeted) await queue.add(face.sighting!);
      if (greeted.length > 0) {
        setQueued(await queue.count());
        setGreetings((now) =>
          [...greeted.map((f) => ({ key: f.sighting!, name: f.full_name ?? f.student_id!, until: Date.now() + shownFor })), ...now].slice(
            0,
            4,
          ),
        );
      }
    } catch (error) {
      const { status } = error as Problem;
      if (status === 401 || status === 403) await onSessionEnded();
      // It answers: a picture it cannot read, or too many at once.
      setOnline(status !== 0 && status < 500);
      setSomebodyNear(false);
      return whenAway;
    }
    return Math.max(50, frameEvery - (performance.now() - began));
  });

  useLoop(true, async () => {
    const sent = await queue.sendNext();
    if (sent === "refused") setRefused((n) => n + 1);
    if (sent === "session") await onSessionEnded();
    setQueued(await queue.count());
    return sent === "sent" || sent === "refused" ? 0 : sent === "empty" ? whenIdle : whenAway;
  });

  useLoop(true, async () => {
    await beat().catch(() => {});
    return heartbeat;
  });

  useEffect(() => {
    if (greetings.length === 0) return;
    const timer = setTimeout(
      () => setGreetings((now) => now.filter((g) => g.until > Date.now())),
      Math.max(50, greetings.at(-1)!.until - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [greetings]);

  useEffect(() => {
    const changed = () => setFull(!!document.fullscreenElement);
    const pressed = (e: KeyboardEvent) => {
      // The browser's own Escape leaves the full screen; the next one asks.
      if (e.key !== "Escape" || dialog.current?.open) return;
      // Or the same press closes it again.
      e.preventDefault();
      dialog.current?.showModal();
    };
    document.addEventListener("fullscreenchange", changed);
    document.addEventListener("keydown", pressed);
    return () => {
      document.removeEventListener("fullscreenchange", changed);
      document.removeEventListener("keydown", pressed);
    };
  }, []);
  const holding = useRef(0);
  const hold = useCallback(() => {
    holding.current = window.setTimeout(() => dialog.current?.showModal(), longPress);
  }, []);
  const release = useCallback(() => clearTimeout(holding.current), []);

  return (
    <main className="kiosk">
      <video ref={video} muted playsInline className={camera.isMirrored ? "mirrored" : undefined} aria-hidden="true" />
      <h1 className="unseen">{t("title")}</h1>
      <header>
        <strong>{school}</strong>
        <p role="status" className={isOnline ? "online" : "offline"}>
          {isOnline ? t("state.online") : t("state.offline")}
          {queued > 0 && <> · {t("state.queued", { count: queued })}</>}
          {refused > 0 && <> · {t("state.dropped", { count: refused })}</>}
        </p>
        {!isFull && "requestFullscreen" in document.documentElement && (
          <button type="button" onClick={() => void document.documentElement.requestFullscreen().catch(() => {})}>
            {t("fullScreen")}
          </button>
        )}
        <button
          type="button"
          className="menu"
          aria-label={t("menu")}
          onPointerDown={hold}
          onPointerUp={release}
          onPointerLeave={release}
          onKeyDown={(e) => e.key === "Enter" && dialog.current?.showModal()}
        >
          ⋯
        </button>
      </header>
      <section className="greetings" aria-live="polite">
        {greetings.map((g) => (
          <p key={g.key}>
            <span>{t("welcome")}</span> <strong>{g.name}</strong>
          </p>
        ))}
      </section>
      <footer>
        {camera.fault ? (
          <p role="alert">{t(`camera:faults.${camera.fault}`)}</p>
        ) : !isOnline ? (
          <p>{t("offline")}</p>
        ) : greetings.length === 0 && !isSomebodyNear ? (
          <p>{t("look")}</p>
        ) : null}
      </footer>
      <dialog ref={dialog} aria-labelledby="leave">
        <h2 id="leave">{t("leave.title")}</h2>
        <p>{t("leave.text")}</p>
        <button type="button" autoFocus onClick={() => dialog.current?.close()}>
          {t("leave.stay")}
        </button>
        <button
          type="button"
          className="light"
          onClick={() => {
            camera.stop();
            if (document.fullscreenElement) void document.exitFullscreen();
            onLeave();
          }}
        >
          {t("leave.leave")}
        </button>
      </dialog>
    </main>
  );
}

/** Does a piece of work over and over while it is wanted; it says how many milliseconds to wait before the next. */
function useLoop(isWanted: boolean, work: () => Promise<number>) {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    if (!isWanted) return;
    let timer = 0;
    let isOver = false;
    const go = async () => {
      // Whatever goes wrong once must not end a kiosk.
      const wait = await latest.current().catch(() => whenAway);
      if (!isOver) timer = window.setTimeout(() => void go(), wait);
    };
    void go();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [isWanted]);
}

/** The browser lets the lock go whenever the page is hidden. */
function useScreenAwake() {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    const take = () => {
      if (document.visibilityState === "visible")
        navigator.wakeLock?.request("screen").then(
          (got) => (lock = got),
          () => {},
        );
    };
    take();
    document.addEventListener("visibilitychange", take);
    return () => {
      document.removeEventListener("visibilitychange", take);
      void lock?.release();
    };
  }, []);
}
