import "./schema";
type Json<T> = { headers: { [name: string]: unknown }; content: { "application/json": T } };
type Session = {
  kind: "user" | "key" | "device" | "local"; username: string | null; role: "device" | "student" | "operator" | "admin" | null;
  student_id: string | null; scopes: string[];
  csrf_token: string | null; school: { name: string; code: string; time_zone: string; map_tiles: string | null }; expires_at: string | null;
};
type Body<T> = { content: { "application/json": T } };
type None = { query?: never; header?: never; path?: never; cookie?: never };
declare module "./schema" {
  interface paths {
    "/api/v1/setup": {
      parameters: None;
      get: { parameters: None; requestBody?: never; responses: { 200: Json<{ needed: boolean; allowed: boolean }> } };
      post: { parameters: None; requestBody: Body<Record<string, unknown>>; responses: { 201: Json<Session> } };
    };
  }
}
