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
      /** When a calendar day of the school begins, or one some days after it, as an ISO instant. */
      startOfDay: (day: string, daysAfter = 0) => {
        const wanted = new Date(`${day}T00:00:00Z`).getTime() + daysAfter * 86_400_000;
        // The offset is that of the moment itself, which may differ from that of the guess where clocks change.
        const guess = wanted - aheadOfUtc(zone, wanted);
        return new Date(wanted - aheadOfUtc(zone, guess)).toISOString();
      },
    };
  }, [i18n.language, zone]);
}

/** By how many milliseconds the zone's clock is ahead of UTC's at an instant. */
function aheadOfUtc(zone: string, instant: number) {
  const clock = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const shown = Object.fromEntries(clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(shown.year!, shown.month! - 1, shown.day, shown.hour, shown.minute, shown.second) - Math.floor(instant / 1000) * 1000;
}
