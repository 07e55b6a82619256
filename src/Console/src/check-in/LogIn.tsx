import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { request } from "../api/client";
import { Problem } from "../api/problem";
import type { Session } from "./CheckIn";

const remembered = "check-in-name";

export function LogIn({ hasEnded, onEnter }: { hasEnded: boolean; onEnter: (session: Session) => void }) {
  const { t } = useTranslation("check-in");
  const [name, setName] = useState(() => localStorage.getItem(remembered) ?? "");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    try {
      const answer = await request("/api/v1/session", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ username: name.trim(), password }),
      });
      localStorage.setItem(remembered, name.trim());
      onEnter((await answer.json()) as Session);
    } catch (error) {
      setFault(error as Problem);
      setBusy(false);
    }
  };
  const text =
    fault &&
    (fault.status === 401 || fault.status === 400
      ? t("logIn.wrong")
      : fault.status === 429
        ? t("logIn.slowDown")
        : fault.status === 0
          ? t("away")
          : t("error", { message: fault.message }));
  return (
    <form onSubmit={(e) => void submit(e)}>
      <h1>{t("logIn.title")}</h1>
      <p>{hasEnded ? t("logIn.ended") : t("logIn.text")}</p>
      <label>
        {t("logIn.username")}
        <input value={name} onChange={(e) => setName(e.target.value)} autoComplete="username" autoCapitalize="none" required />
      </label>
      <label>
        {t("logIn.password")}
        <input type="password" value={password} onChange={(e) => setPassword(e.target.value)} autoComplete="current-password" required />
      </label>
      {text && (
        <p role="alert" className="bad">
          {text}
        </p>
      )}
      <button disabled={isBusy}>{t("logIn.submit")}</button>
    </form>
  );
}
