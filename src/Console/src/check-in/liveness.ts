import { takeFrame } from "../shared/useCamera";

/** One message of `/ws/liveness`, as docs/sockets.md says. */
export type LivenessAnswer = {
  error: string | null;
  challenge: string | null;
  action_detected: boolean;
  step?: number;
  steps?: number;
  hint?: string | null;
  frames_per_second?: number;
  expires_in?: number;
  result_token?: string;
  retry_after_seconds?: number;
};

/** Lost: the connection went without a verdict. */
export type LivenessEnd = { kind: "passed"; token: string } | { kind: "failed"; answer: LivenessAnswer } | { kind: "lost" };

/** How large and how often pictures are sent: 2 to 10 a second, and smaller ones where answers come late. */
export class Pace {
  static readonly sizes = [320, 400, 480, 640];

  #size = Pace.sizes.length - 1;
  #wait = 250;
  #quick = 0;

  get size() {
    return Pace.sizes[this.#size]!;
  }

  /** Milliseconds from one picture to the next. */
  get interval() {
    return Math.min(500, Math.max(100, this.#wait / 2));
  }

  /** @param wait milliseconds from a picture to its answer */
  answered(wait: number) {
    this.#wait = 0.7 * this.#wait + 0.3 * wait;
    this.#quick = this.#wait < 300 ? this.#quick + 1 : 0;
    if (this.#wait > 700 && this.#size > 0) {
      this.#size--;
      // Judged anew at the new size.
      this.#wait = 400;
    } else if (this.#quick > 20 && this.#size < Pace.sizes.length - 1) {
      this.#size++;
      this.#quick = 0;
    }
  }
}

// More wait on the way than the network carries.
const mostUnderWay = 2;
const patience = 8_000;

/** Sends what the video shows until there is a verdict. */
export function runLiveness(
  video: HTMLVideoElement,
  student: string,
  tell: (answer: LivenessAnswer) => void,
  signal: AbortSignal,
): Promise<LivenessEnd> {
  const address = new URL("/ws/liveness/", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.search = new URLSearchParams({ user_id: student, mirrored: "false" }).toString();
  return new Promise((done) => {
    const socket = new WebSocket(address);
    const pace = new Pace();
    const underWay: number[] = [];
    let last: LivenessAnswer | null = null;
    let timer = 0;
    let heard = performance.now();

    const end = (how: LivenessEnd) => {
      clearTimeout(timer);
      socket.onclose = socket.onmessage = null;
      socket.close();
      done(how);
    };
    const send = async () => {
      if (performance.now() - heard > patience) return end({ kind: "lost" });
      if (socket.readyState === WebSocket.OPEN && underWay.length < mostUnderWay && socket.bufferedAmount === 0) {
        const frame = await takeFrame(video, pace.size, 0.8);
        if (frame && socket.readyState === WebSocket.OPEN) {
          if (underWay.length === 0) heard = performance.now();
          underWay.push(performance.now());
          socket.send(frame);
        }
      }
      timer = window.setTimeout(() => void send(), pace.interval);
    };
    socket.onopen = () => void send();
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const answer = JSON.parse(data) as LivenessAnswer;
      heard = performance.now();
      const sent = underWay.shift();
      if (sent) pace.answered(heard - sent);
      last = answer;
      tell(answer);
      if (answer.action_detected && answer.result_token) end({ kind: "passed", token: answer.result_token });
    };
    // 1008 is the server's verdict; whatever else is the network's, or a server that stops.
    socket.onclose = ({ code }) => end(code === 1008 && last?.error ? { kind: "failed", answer: last } : { kind: "lost" });
    signal.addEventListener("abort", () => end({ kind: "lost" }), { once: true });
  });
}
