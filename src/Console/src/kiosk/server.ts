import { request, setCsrf } from "../api/client";
import { Problem } from "../api/problem";

export type Session = { kind: string; scopes: string[]; csrf_token: string | null; school: { name: string } };

export type Face = {
  box: { top: number; right: number; bottom: number; left: number };
  student_id: string | null;
  full_name: string | null;
  sighting: string | null;
};

export type Seen = { width: number; height: number; faces: Face[] };

// A server that takes longer is as good as away.
const patience = 10_000;

const timely = () => AbortSignal.timeout(patience);
const json = { "Content-Type": "application/json" };

/** A time-out is the server's being away. */
async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await request(path, { ...init, signal: timely() });
  } catch (error) {
    throw error instanceof Problem ? error : Problem.away();
  }
}

const entered = async (answer: Response) => {
  const session = (await answer.json()) as Session;
  setCsrf(session.csrf_token);
  return session;
};

export const openSession = async (key: string) =>
  entered(await ask("/api/v1/session", { method: "POST", headers: json, body: JSON.stringify({ key }) }));
/** Null where nobody is logged in. */
export async function readSession(): Promise<Session | null> {
  const answer = await ask("/api/v1/session");
  return answer.status === 204 ? null : entered(answer);
}

export const endSession = () => ask("/api/v1/session", { method: "DELETE" });
export const beat = () => ask("/api/v1/devices/self/heartbeat", { method: "POST" });

export async function recognize(frame: Blob): Promise<Seen> {
  const form = new FormData();
  form.append("image", frame, "frame.jpg");
  return (await ask("/api/v1/recognitions?hold=true", { method: "POST", body: form })).json() as Promise<Seen>;
}

export const deliver = (sighting: string) =>
  ask("/api/v1/sightings", { method: "POST", headers: json, body: JSON.stringify({ sighting }) });
