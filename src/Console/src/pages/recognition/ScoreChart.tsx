import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Schemas } from "../../api/client";

type Scores = Schemas["GalleryScores"];
type Step = Schemas["ScoreStep"];

/** Shares of comparisons by similarity: of one student's photos, and of two students', with the threshold between them. */
export default function ScoreChart({ scores }: { scores: Scores }) {
  const { t, i18n } = useTranslation("recognition");
  const look = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current || width === 0) return;
    const ink = look === "dark" ? "#c9c9c9" : "#495057";
    const grid = { stroke: look === "dark" ? "#424242" : "#e9ecef", width: 1 };
    const percent = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 1 });
    const bars = uPlot.paths.bars!({ size: [1, 40], align: 1 });
    const series = (label: string, color: string) => ({
      label,
      stroke: color,
      fill: `${color}66`,
      paths: bars,
      points: { show: false },
      value: (_: uPlot, share: number | null) => (share === null ? "–" : percent.format(share)),
    });
    const chart = new uPlot(
      {
        width,
        height: 320,
        scales: { x: { time: false, range: [-0.4, 1] }, y: { range: (_, __, most) => [0, (most || 1) * 1.1] } },
        axes: [
          { stroke: ink, grid, label: t("similarity"), values: (_, at) => at.map((v) => v.toLocaleString(i18n.language)) },
          { stroke: ink, grid, size: 60, values: (_, at) => at.map((v) => percent.format(v)) },
        ],
        series: [
          {
            label: t("similarity"),
            value: (_, at) => (at === null ? "–" : at.toLocaleString(i18n.language, { maximumFractionDigits: 2 })),
          },
          series(t("genuine"), look === "dark" ? "#69db7c" : "#2b8a3e"),
          series(t("impostor"), look === "dark" ? "#ffa94d" : "#d9480f"),
        ],
        hooks: {
          draw: [
            (u) => {
              const x = u.valToPos(scores.threshold, "x", true);
              u.ctx.save();
              u.ctx.strokeStyle = ink;
              u.ctx.setLineDash([6, 4]);
              u.ctx.lineWidth = 2;
              u.ctx.beginPath();
              u.ctx.moveTo(x, u.bbox.top);
              u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
              u.ctx.stroke();
              u.ctx.restore();
            },
          ],
        },
      },
      dataOf(scores),
      place.current,
    );
    return () => chart.destroy();
  }, [scores, width, look, t, i18n.language]);
  return (
    <div ref={ref}>
      <div ref={place} role="img" aria-label={t("chartLabel", { threshold: scores.threshold })} />
    </div>
  );
}

function dataOf({ genuine, impostor, step }: Scores): uPlot.AlignedData {
  const steps = Math.round(2 / step);
  const shares = (of: Step[]) => {
    const total = of.reduce((sum, s) => sum + s.comparisons, 0);
    const all: number[] = Array.from({ length: steps }, () => 0);
    for (const { from, comparisons } of of) all[Math.round((from + 1) / step)] = comparisons / total;
    return all;
  };
  return [Array.from({ length: steps }, (_, i) => -1 + i * step), shares(genuine), shares(impostor)];
}
