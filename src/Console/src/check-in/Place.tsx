import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { distanceTo, metres, type Site } from "./place";

/** The nearest site and the position with its accuracy: a drawing and the same in words. */
export function Place({ sites, fix }: { sites: Site[] | null; fix: GeolocationPosition | null }) {
  const { t } = useTranslation("check-in");
  const drawn = useMemo(() => {
    if (!fix || !sites) return null;
    const at: [number, number] = [fix.coords.longitude, fix.coords.latitude];
    const nearest = sites.map((site) => ({ site, distance: distanceTo(site, at) })).sort((a, b) => a.distance - b.distance)[0];
    return { at, nearest };
  }, [fix, sites]);
  if (!fix || !drawn) return <p className="quiet">{t("place.searching")}</p>;

  const accuracy = Math.max(1, Math.round(fix.coords.accuracy));
  const { at, nearest } = drawn;
  if (!nearest)
    return (
      <p>
        {t("place.noSite")} {t("place.accuracy", { metres: accuracy })}
      </p>
    );

  const { site, distance } = nearest;
  const length = distance < 1_000 ? `${Math.round(distance / 5) * 5} m` : `${(distance / 1_000).toFixed(1)} km`;
  const where = distance <= -accuracy ? "inside" : distance <= accuracy ? "edge" : "outside";
  const [cx, cy] = metres(site.centre, at);
  const outline = site.rings.map((ring) => ring.map((p) => metres(p, at)));
  const corners = [
    ...outline.flat(),
    [cx - (site.radius ?? 0), cy - (site.radius ?? 0)],
    [cx + (site.radius ?? 0), cy + (site.radius ?? 0)],
    [-accuracy, -accuracy],
    [accuracy, accuracy],
  ] as [number, number][];
  const [xs, ys] = [corners.map((c) => c[0]), corners.map((c) => -c[1])];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const size = Math.max(Math.max(...xs) - left, Math.max(...ys) - top);
  const [midX, midY] = [(Math.max(...xs) + left) / 2, (Math.max(...ys) + top) / 2];
  return (
    <figure className="place">
      <svg
        viewBox={`${midX - size * 0.55} ${midY - size * 0.55} ${size * 1.1} ${size * 1.1}`}
        role="img"
        aria-label={t("place.drawing", { site: site.name })}
      >
        {site.radius !== null ? (
          <circle cx={cx} cy={-cy} r={site.radius} className="fence" />
        ) : (
          <path d={outline.map((r) => `M${r.map(([x, y]) => `${x} ${-y}`).join("L")}Z`).join("")} fillRule="evenodd" className="fence" />
        )}
        <circle cx="0" cy="0" r={accuracy} className="accuracy" />
        <circle cx="0" cy="0" r={size * 0.02} className="here" />
      </svg>
      <figcaption>
        {t(`place.${where}`, { site: site.name, distance: length })} {t("place.accuracy", { metres: accuracy })}
      </figcaption>
    </figure>
  );
}
