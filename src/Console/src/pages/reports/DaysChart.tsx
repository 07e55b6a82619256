import "uplot/dist/uPlot.min.css";
import "./chart.css";
import { useComputedColorScheme, useMantineTheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import type { Schemas } from "../../api/client";

const statuses = [
  ["late", "orange"],
  ["absent", "red"],
  ["excused", "blue"],
  ["sick", "grape"],
] as const;

/** Who was not there in time, day by day. The numbers stand in the table of the days, too. */
export default function DaysChart({
  days,
  label,
  nameOfDay,
  nameOf,
}: {
  days: Schemas["ReportRow"][];
  label: string;
  nameOfDay: string;
  nameOf: (status: string) => string;
}) {
  const element = useRef<HTMLDivElement>(null);
  const theme = useMantineTheme();
  const scheme = useComputedColorScheme("light");
  const { i18n } = useTranslation();

  useEffect(() => {
    const frame = element.current!;
    const text = scheme === "dark" ? "#c9c9c9" : "#495057";
    const date = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", timeZone: "UTC" });
    const grid = { stroke: scheme === "dark" ? "#3b3b3b" : "#e9ecef", width: 1 };
    const chart = new uPlot(
      {
        width: frame.clientWidth,
        height: 220,
        // A day is a day of the school, and stands at its own midnight.
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        cursor: { y: false },
        scales: { y: { range: (_, __, most) => [0, Math.max(most, 1)] } },
        axes: [
          {
            stroke: text,
            grid,
            incrs: [1, 2, 5, 7, 14, 28, 56].map((d) => d * 86_400),
            values: (_, at) => at.map((s) => date.format(s * 1000)),
          },
          { stroke: text, grid, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] },
        ],
        series: [
          { label: nameOfDay, value: (_, at) => (at === null ? "–" : date.format(at * 1000)) },
          ...statuses.map(([status, color]) => ({
            label: nameOf(status),
            stroke: theme.colors[color]![scheme === "dark" ? 4 : 7]!,
            width: 2,
            points: { show: days.length < 60 },
          })),
        ],
      },
      [days.map((day) => Date.parse(`${day.date}T00:00:00Z`) / 1000), ...statuses.map(([status]) => days.map((day) => day.counts[status]))],
      frame,
    );
    const resized = new ResizeObserver(() => chart.setSize({ width: frame.clientWidth, height: 220 }));
    resized.observe(frame);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [days, scheme, theme, i18n.language]);

  return <div ref={element} className="chart" role="img" aria-label={label} />;
}
