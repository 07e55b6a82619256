/** Metres east and north of an origin, near enough to draw and to say "about". */
export type Point = [number, number];

export type Site = { name: string; rings: [number, number][][]; centre: [number, number]; radius: number | null };

type Feature = {
  geometry: { type: string; coordinates: unknown };
  properties: { name: string; radius_m?: number };
};

/** @param features of GET /api/v1/sites */
export const sitesOf = (features: Feature[]): Site[] =>
  features.map(({ geometry, properties }) => {
    if (geometry.type === "Point") {
      return { name: properties.name, rings: [], centre: geometry.coordinates as [number, number], radius: properties.radius_m ?? 0 };
    }
    const rings = geometry.coordinates as [number, number][][];
    return { name: properties.name, rings, centre: rings[0]![0]!, radius: null };
  });

const metresADegree = 111_320;

export const metres = ([lon, lat]: [number, number], [lon0, lat0]: [number, number]): Point => [
  (((lon - lon0 + 540) % 360) - 180) * metresADegree * Math.cos((lat0 * Math.PI) / 180),
  (lat - lat0) * metresADegree,
];

function toSegment([ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const t = Math.min(1, Math.max(0, -(ax * dx + ay * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(ax + t * dx, ay + t * dy);
}

/** About how many metres from a site's edge, negative inside. */
export function distanceTo(site: Site, at: [number, number]): number {
  if (site.radius !== null) return Math.hypot(...metres(site.centre, at)) - site.radius;
  let [nearest, isInside] = [Infinity, false];
  for (const ring of site.rings) {
    const points = ring.map((p) => metres(p, at));
    for (let i = 1; i < points.length; i++) {
      const [a, b] = [points[i - 1]!, points[i]!];
      nearest = Math.min(nearest, toSegment(a, b));
      if (a[1] > 0 !== b[1] > 0 && (b[0] - a[0]) * (-a[1] / (b[1] - a[1])) + a[0] > 0) isInside = !isInside;
    }
  }
  return isInside ? -nearest : nearest;
}
