import { useCallback, useEffect, useRef, useState, type RefObject } from "react";

/** Why there is no camera; each has its sentence and remedy in the texts of "camera". */
export type CameraFault = "insecure" | "unsupported" | "denied" | "missing" | "busy" | "failed";

export type CameraOptions = {
  /** Which camera of a phone: the one that looks at its user, or the one that looks away. */
  facing?: "user" | "environment";
  /** The wanted longer side of a frame in pixels; the camera gives what it has. */
  longSide?: number;
};

export type Camera = {
  state: "off" | "starting" | "on" | "failed";
  fault: CameraFault | null;
  start: () => Promise<void>;
  stop: () => void;
  /** Known by name once the user has let the page see one. */
  devices: MediaDeviceInfo[];
  device: string | null;
  choose: (device: string) => void;
  /** Whether the picture is of the person before the screen, who expects a mirror. */
  isMirrored: boolean;
};

const faults: Record<string, CameraFault> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
  TrackStartError: "busy",
};

/**
 * The browser's camera, played by a video element. It is stopped with the component, and started again when the camera comes back that was
 * pulled out; where the page is hidden the browser itself holds it.
 */
export function useCamera(video: RefObject<HTMLVideoElement | null>, { facing = "user", longSide = 1280 }: CameraOptions = {}): Camera {
  const [state, setState] = useState<Camera["state"]>("off");
  const [fault, setFault] = useState<CameraFault | null>(null);
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  const [device, setDevice] = useState<string | null>(null);
  const [isMirrored, setMirrored] = useState(facing === "user");
  const stream = useRef<MediaStream | null>(null);
  // Of two starts the later one counts.
  const turn = useRef(0);

  const stop = useCallback(() => {
    turn.current++;
    stream.current?.getTracks().forEach((track) => track.stop());
    stream.current = null;
    if (video.current) video.current.srcObject = null;
    setState("off");
  }, [video]);

  const fail = useCallback(
    (why: CameraFault) => {
      stop();
      setFault(why);
      setState("failed");
    },
    [stop],
  );

  const open = useCallback(
    async (wanted: string | null) => {
      stop();
      const own = ++turn.current;
      setFault(null);
      if (!window.isSecureContext) return fail("insecure");
      if (!navigator.mediaDevices?.getUserMedia) return fail("unsupported");
      setState("starting");
      try {
        const opened = await navigator.mediaDevices.getUserMedia({
          audio: false,
          video: {
            width: { ideal: longSide },
            height: { ideal: (longSide * 3) / 4 },
            ...(wanted ? { deviceId: { exact: wanted } } : { facingMode: { ideal: facing } }),
          },
        });
        if (own !== turn.current || !video.current) {
          opened.getTracks().forEach((track) => track.stop());
          return;
        }
        stream.current = opened;
        const track = opened.getVideoTracks()[0]!;
        // Pulled out, or taken back by the user.
        track.addEventListener("ended", () => own === turn.current && fail("missing"));
        const settings = track.getSettings();
        setMirrored((settings.facingMode ?? facing) === "user");
        setDevice(settings.deviceId ?? wanted);
        video.current.srcObject = opened;
        await video.current.play();
        if (own !== turn.current) return;
        setState("on");
        setDevices((await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === "videoinput"));
      } catch (error) {
        if (own === turn.current) fail(faults[(error as DOMException).name] ?? "failed");
      }
    },
    [facing, fail, longSide, stop, video],
  );

  useEffect(() => stop, [stop]);
  useEffect(() => {
    const media = navigator.mediaDevices;
    if (!media || fault !== "missing") return;
    const back = () => void open(null);
    media.addEventListener("devicechange", back);
    return () => media.removeEventListener("devicechange", back);
  }, [fault, open]);

  return {
    state,
    fault,
    devices,
    device,
    isMirrored,
    stop,
    start: useCallback(() => open(device), [device, open]),
    choose: useCallback((id: string) => void open(id), [open]),
  };
}

const canvas = typeof document === "undefined" ? null : document.createElement("canvas");

/** What a video shows now, as a JPEG whose longer side is at most so long; null while it shows nothing. Never mirrored. */
export async function takeFrame(video: HTMLVideoElement, longSide: number, quality = 0.85): Promise<Blob | null> {
  const { videoWidth: width, videoHeight: height } = video;
  if (!canvas || width === 0 || height === 0) return null;
  const scale = Math.min(1, longSide / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")!.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
}
