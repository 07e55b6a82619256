// What a program made from the API's description does with it: openapi-typescript's types, openapi-fetch's calls, and nothing mended.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Student = components["schemas"]["Student"];

export async function makeCalls(baseUrl: string, portrait: Uint8Array): Promise<number> {
  const api = createClient<paths>({ baseUrl });
  let calls = 0;
  const holds = (isTrue: boolean, what: string): void => {
    calls += 1;
    if (!isTrue) throw new Error(`Call ${calls}: ${what}`);
  };
  const got = <T>(answer: { data?: T; error?: unknown }): T => {
    if (answer.data === undefined) throw new Error(`After call ${calls}: ${JSON.stringify(answer.error)}`);
    return answer.data;
  };
  const form = (body: Record<string, string>): FormData => {
    const data = new FormData();
    for (const [name, value] of Object.entries(body)) {
      if (name === "image") data.append(name, new Blob([portrait as BlobPart], { type: "image/jpeg" }), "photo.jpg");
      else data.append(name, value);
    }
    return data;
  };
  const upload = { bodySerializer: form };

  holds(got(await api.GET("/health")).ok, "health");
  holds(got(await api.GET("/config")).tolerance > 0, "config");
  holds(got(await api.GET("/health/ready")).checks.database === "ok", "ready");
  holds(got(await api.POST("/enroll", { body: { student_id: "ts-ayu", image: "" }, ...upload })).saved === 1, "enrolled");
  const students: Student[] = got(await api.GET("/students", { params: { query: { q: "ts-ayu" } } })).items;
  holds(students[0]?.embedding_count === 1, "students");
  const id = { params: { path: { id: "ts-ayu" } } };
  holds(got(await api.GET("/api/v1/students/{id}", id)).full_name === null, "a student without a name");
  holds(got(await api.GET("/api/v1/students/{id}/faces", id)).items.length === 1, "faces");
  const seen = got(await api.POST("/api/v1/recognitions", { body: { image: "" }, ...upload }));
  holds(seen.faces[0]?.student_id === "ts-ayu" && seen.faces[0].box.bottom > 0, "recognised");
  holds(got(await api.POST("/api/v1/verifications", { body: { student_id: "ts-ayu", image: "" }, ...upload })).match, "verified");
  const site = got(await api.POST("/api/v1/sites", {
    body: { type: "Feature", geometry: { type: "Point", coordinates: [1.5, 2.5] }, properties: { name: "Field", radius_m: 30 } },
  }));
  holds(site.properties.radius_m === 30, "a site");
  holds(got(await api.GET("/api/v1/sites", { params: { query: { limit: 200 } } })).features.some((f) => f.id === site.id), "sites");
  holds((await api.DELETE("/api/v1/sites/{id}", { params: { path: { id: site.id } } })).response.status === 204, "no more site");
  holds(got(await api.PUT("/api/v1/evidence-policy", { body: { action: "review", decisive_weight: 0.6 } })).action === "review",
    "a policy");
  const user = got(await api.POST("/api/v1/users", { body: { username: "ts-user", password: "a good long one", role: "operator" } }));
  holds(user.role === "operator" && user.disabled_at === null, "a user");
  const changed = got(await api.PATCH("/api/v1/users/{username}", { params: { path: { username: "ts-user" } }, body: { disabled: true } }));
  holds(changed.disabled, "a user who is disabled");
  const key = got(await api.POST("/api/v1/api-keys", { body: { name: "Client", scopes: ["enroll"] } }));
  holds(key.status === "good" && key.key.startsWith("fa_"), "a key");
  holds((await api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id: key.id } } })).response.status === 204, "a key that is revoked");
  const now = Date.now();
  const session = got(await api.POST("/api/v1/class-sessions", {
    body: { name: "7B", starts_at: new Date(now).toISOString(), ends_at: new Date(now + 3_600_000).toISOString(), roster: ["ts-ayu"] },
  }));
  holds(session.attendance[0]?.record === null, "a class session");
  const mark = got(await api.POST("/api/v1/attendance/manual", {
    params: { header: { "Idempotency-Key": "ts-key" } },
    body: { student_id: "ts-ayu", status: "late", reason: "Bus", class_session_id: session.id },
  }));
  holds(mark.origin === "manual" && mark.class_session_id === session.id, "a mark");
  const attendance = await api.GET("/api/v1/attendance", { params: { query: { student_id: "ts-ayu", status: "late", limit: 10 } } });
  const page = got(attendance);
  holds(typeof page !== "string" && page.items[0]?.id === mark.id && page.next_cursor === null, "attendance");
  const audit = got(await api.GET("/api/v1/audit", { params: { query: { action: "attendance.marked", subject: "ts-ayu" } } }));
  holds(audit.items.length === 1, "the audit log");
  const nobody = await api.GET("/api/v1/students/{id}", { params: { path: { id: "nobody" } } });
  holds(nobody.error?.code === "student.not_found", "a problem with its code");
  return calls;
}
