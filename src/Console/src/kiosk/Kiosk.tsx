import { useCallback, useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";
import { endSession, openSession, readSession, type Session } from "./server";
import { Watch } from "./Watch";

// A server that was away is asked again so often.
const pause = 5_000;

export function Kiosk() {
  const { t, i18n } = useTranslation("kiosk");
  // Undefined while it is not known, null when the key is wanted.
  const [session, setSession] = useState<Session | null>();
  const [isAway, setAway] = useState(false);

  const enter = useCallback((opened: Session | null) => {
    setAway(false);
    setSession(opened?.kind === "device" || opened?.kind === "key" ? opened : null);
  }, []);
  /** Asks who the page is logged in as, until the server says it. */
  const renew = useCallback(async () => {
    for (;;) {
      try {
        return enter(await readSession());
      } catch (error) {
        setAway(true);
        await new Promise((done) => setTimeout(done, pause));
      }
    }
  }, [enter]);

  useEffect(() => void renew(), [renew]);
  useEffect(() => {
    document.title = t("title");
  }, [t, i18n.language]);

  if (session === undefined)
    return (
      <main className="entry">
        <p role="status">{isAway ? t("away") : ""}</p>
      </main>
    );
  if (session === null) return <KeyEntry onEnter={enter} />;
  return (
    <Watch
      school={session.school.name}
      onSessionEnded={renew}
      onLeave={() => {
        void endSession().catch(() => {});
        enter(null);
      }}
    />
  );
}

function KeyEntry({ onEnter }: { onEnter: (session: Session) => void }) {
  const { t } = useTranslation("kiosk");
  const [key, setKey] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    // Where the browser gives it: it asks for a person's touch, and this is one.
    void document.documentElement.requestFullscreen?.().catch(() => {});
    try {
      const session = await openSession(key.trim());
      if (session.scopes.some((s) => s === "recognize" || s === "admin")) return onEnter(session);
      setFault(t("key.notDevice"));
      await endSession().catch(() => {});
    } catch (error) {
      const { status, message } = error as Problem;
      setFault(status === 401 || status === 400 ? t("key.wrong") : status === 0 ? t("away") : t("error", { message }));
    }
    setBusy(false);
  };
  return (
    <main className="entry">
      <form onSubmit={(e) => void submit(e)}>
        <h1>{t("key.title")}</h1>
        <p>{t("key.text")}</p>
        <label>
          {t("key.label")}
          <input type="password" value={key} onChange={(e) => setKey(e.target.value)} autoComplete="off" required />
        </label>
        {fault && (
          <p role="alert" className="bad">
            {fault}
          </p>
        )}
        <button disabled={isBusy}>{t("key.submit")}</button>
      </form>
    </main>
  );
}
