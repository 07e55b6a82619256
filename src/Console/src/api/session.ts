import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { api, setCsrf } from "./client";
import { Problem } from "./problem";
import type { paths } from "./schema";

export type Session = paths["/api/v1/session"]["get"]["responses"][200]["content"]["application/json"];

/** Who is logged in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: 60_000,
  queryFn: async (): Promise<Session | null> => {
    try {
      const { data } = await api.GET("/api/v1/session");
      setCsrf(data?.csrf_token ?? null);
      return data ?? null;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
});

export const setUpQuery = queryOptions({
  queryKey: ["setup"],
  staleTime: Infinity,
  queryFn: async () => (await api.GET("/api/v1/setup")).data!,
});

/** Who the page is shown to; the same while a log-in that has ended is asked for again. */
export const SessionContext = createContext<Session | null>(null);

/** The session within the shell, where somebody is logged in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("Nobody is logged in.");
  return session;
}

/** Whether the caller has one of the scopes; the administrator has them all. */
export const may = (session: Session, ...scopes: string[]) =>
  session.scopes.includes("admin") || scopes.some((scope) => session.scopes.includes(scope));

export function useLogIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: { username: string; password: string }) => (await api.POST("/api/v1/session", { body })).data!,
    onSuccess: (session) => {
      setCsrf(session.csrf_token ?? null);
      client.setQueryData(sessionQuery.queryKey, session);
      return client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    },
  });
}

export function useLogOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (everywhere: boolean) => {
      await api.DELETE("/api/v1/session", { params: { query: { everywhere } } });
    },
    onSuccess: () => {
      setCsrf(null);
      client.clear();
      location.assign("/log-in");
    },
  });
}
