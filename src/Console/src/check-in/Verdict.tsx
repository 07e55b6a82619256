import { useTranslation } from "react-i18next";
import { Place } from "./Place";
import type { Site } from "./place";

export type Decision = {
  decision: "accepted" | "review" | "refused";
  status?: "present" | "late";
  at: string;
  reasons: { code: string; message: string; effect: string }[];
};

const signs = { accepted: "M20 52 L42 74 L80 28", review: "M50 22 V58 M50 74 V78", refused: "M28 28 L72 72 M72 28 L28 72" };

export function Verdict({
  decision,
  timeZone,
  sites,
  fix,
  onAgain,
}: {
  decision: Decision;
  timeZone: string;
  sites: Site[] | null;
  fix: GeolocationPosition | null;
  onAgain: () => void;
}) {
  const { t, i18n } = useTranslation("check-in");
  const time = new Intl.DateTimeFormat(i18n.language, { timeZone, timeStyle: "short" }).format(new Date(decision.at));
  const reasons = decision.reasons.map(({ code, message }) => ({
    code,
    what: t(`reasons.${code}.what`, message),
    next: t(`reasons.${code}.next`, { defaultValue: "" }),
  }));
  return (
    <section className={`verdict ${decision.decision}`} aria-live="assertive">
      <svg viewBox="0 0 100 100" className="sign" aria-hidden="true">
        <path d={signs[decision.decision]} />
      </svg>
      <h1>{t(`verdict.${decision.decision}`)}</h1>
      {decision.status && <p>{t(`verdict.${decision.status}`, { time })}</p>}
      {reasons.length > 0 && (
        <>
          <h2>{t("verdict.reasons")}</h2>
          <ul>
            {reasons.map(({ code, what }) => (
              <li key={code}>{what}</li>
            ))}
          </ul>
        </>
      )}
      {decision.decision === "refused" ? (
        <>
          <h2>{t("verdict.nextRefused")}</h2>
          <ul>
            {[...new Set(reasons.map((r) => r.next))].filter(Boolean).map((next) => (
              <li key={next}>{next}</li>
            ))}
          </ul>
        </>
      ) : (
        <p>{t(decision.decision === "review" ? "verdict.nextReview" : "verdict.nextAccepted")}</p>
      )}
      {fix && <Place sites={sites} fix={fix} />}
      <button type="button" className={decision.decision === "refused" ? undefined : "light"} onClick={onAgain}>
        {decision.decision === "refused" ? t("retry") : t("again")}
      </button>
    </section>
  );
}
