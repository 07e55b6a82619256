import "./schema";
type Json<T> = { headers: { [name: string]: unknown }; content: { "application/json": T } };
type Session = {
  kind: "user" | "key" | "device" | "local"; username: string | null; role: string | null; student_id: string | null; scopes: string[];
  csrf_token: string | null; school: { name: string; code: string; time_zone: string; map_tiles: string | null }; expires_at: string | null;
};
type Body<T> = { content: { "application/json": T } };
type None = { query?: never; header?: never; path?: never; cookie?: never };
declare module "./schema" {
  interface paths {
    "/api/v1/session": {
      parameters: None;
      get: { parameters: None; requestBody?: never; responses: { 200: Json<Session> } };
      post: { parameters: None; requestBody: Body<{ username: string; password: string }>; responses: { 200: Json<Session> } };
      delete: {
        parameters: { query?: { everywhere?: boolean } }; requestBody?: never; responses: { 204: { headers: {}; content?: never } };
      };
    };
    "/api/v1/session/password": {
      parameters: None;
      put: { parameters: None; requestBody: Body<{ current: string; password: string }>; responses: { 200: Json<Session> } };
    };
    "/api/v1/setup": {
      parameters: None;
      get: { parameters: None; requestBody?: never; responses: { 200: Json<{ needed: boolean; allowed: boolean }> } };
      post: { parameters: None; requestBody: Body<Record<string, unknown>>; responses: { 201: Json<Session> } };
    };
  }
}
