import { useContext, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { SessionContext } from "../api/session";

/** Instants in the school's zone and the reader's language, whatever the zone of this device. */
export function useSchoolTime() {
  const { i18n } = useTranslation();
  const zone = useContext(SessionContext)?.school.time_zone ?? "UTC";
  return useMemo(() => {
    const form = (options: Intl.DateTimeFormatOptions) => {
      const format = new Intl.DateTimeFormat(i18n.language, { timeZone: zone, ...options });
      return (instant: string | number | Date | null | undefined) => (instant ? format.format(new Date(instant)) : "");
    };
    const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
    return {
      zone,
      time: form({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
      timeWithSeconds: form({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
      date: form({ dateStyle: "medium" }),
      weekday: form({ weekday: "long", day: "numeric", month: "long" }),
      dateTime: form({ dateStyle: "medium", timeStyle: "short" }),
      /** The school's calendar day of an instant, as yyyy-mm-dd. */
      day: (instant: Date = new Date()) => parts.format(instant),
    };
  }, [i18n.language, zone]);
}
