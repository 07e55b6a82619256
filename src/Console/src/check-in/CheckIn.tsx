import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { request, setCsrf } from "../api/client";
import { Problem } from "../api/problem";
import { chooseLanguage, languages, type Language } from "../i18n";
import { Attempt } from "./Attempt";
import { LogIn } from "./LogIn";
import { sitesOf, type Site } from "./place";

export type Session = {
  kind: string;
  username: string | null;
  student_id: string | null;
  csrf_token: string | null;
  school: { name: string; time_zone: string };
};

/** The page on a student's phone: log in, then check in. */
export function CheckIn() {
  const { t, i18n } = useTranslation("check-in");
  // Undefined while it is asked for, null when nobody is logged in.
  const [session, setSession] = useState<Session | null>();
  const [hasEnded, setHasEnded] = useState(false);
  const [isAway, setAway] = useState(false);
  const [sites, setSites] = useState<Site[] | null>(null);

  const enter = useCallback((opened: Session | null) => {
    setCsrf(opened?.csrf_token ?? null);
    // This machine's own user, and a key, are no student and can log in as one.
    setSession(opened?.kind === "user" ? opened : null);
    setHasEnded(false);
  }, []);
  const ask = useCallback(async () => {
    setAway(false);
    try {
      const answer = await request("/api/v1/session");
      enter(answer.status === 204 ? null : ((await answer.json()) as Session));
    } catch (error) {
      if (error instanceof Problem) setAway(true);
      else throw error;
    }
  }, [enter]);
  const leave = useCallback(async () => {
    await request("/api/v1/session", { method: "DELETE" }).catch(() => {});
    enter(null);
  }, [enter]);

  useEffect(() => {
    document.title = t("title");
  }, [t, i18n.language]);
  useEffect(() => void ask(), [ask]);
  useEffect(() => {
    if (!session) return;
    request("/api/v1/sites?limit=200").then(
      async (answer) => setSites(sitesOf((await answer.json()).features)),
      () => setSites([]),
    );
  }, [session]);

  return (
    <div className="sheet">
      <header>
        <strong>{session?.school.name ?? "FaceAttendance"}</strong>
        <label className="language">
          <span className="unseen">{t("language")}</span>
          <select value={i18n.language} onChange={(e) => void chooseLanguage(e.target.value as Language)}>
            {Object.entries(languages).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {session && (
          <button type="button" className="light" onClick={() => void leave()}>
            {t("logOut")}
          </button>
        )}
      </header>
      <main>
        {isAway ? (
          <>
            <p role="alert">{t("away")}</p>
            <button type="button" onClick={() => void ask()}>
              {t("retry")}
            </button>
          </>
        ) : session === undefined ? (
          <p>{t("loading")}</p>
        ) : session === null ? (
          <LogIn hasEnded={hasEnded} onEnter={enter} />
        ) : session.student_id === null ? (
          <p role="alert">{t("notStudent", { name: session.username })}</p>
        ) : (
          <Attempt
            session={session}
            student={session.student_id}
            sites={sites}
            onEnded={() => {
              enter(null);
              setHasEnded(true);
            }}
          />
        )}
      </main>
    </div>
  );
}
