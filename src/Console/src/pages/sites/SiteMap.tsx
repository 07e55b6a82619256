import "@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.css";
import { useQuery } from "@tanstack/react-query";
import L from "leaflet";
import "@geoman-io/leaflet-geoman-free";
import { useEffect, useRef } from "react";
import { sessionQuery } from "../../api/session";
import { makeMap } from "../../shared/PlaceMap";
import type { Site } from "./SitesPage";

export type Place = { lat: number; lon: number };
export type Shape =
  { type: "circle"; latitude: number | null; longitude: number | null; radius: number } | { type: "polygon"; rings: [number, number][][] };

type Props = {
  sites: Site[];
  shape: Shape | null;
  isDrawing: boolean;
  tried: Place | null;
  label: string;
  onShape: (shape: Shape) => void;
  onTry: (place: Place) => void;
};

const round = (degrees: number) => Math.round(degrees * 1e7) / 1e7;
const ofGeoJson = (rings: [number, number][][]) => rings.map((ring) => ring.map(([lon, lat]) => L.latLng(lat, lon)));

/** The school's sites on a map, on which one is drawn or a place is tried. */
export default function SiteMap({ sites, shape, isDrawing, tried, label, onShape, onTry }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const map = useRef<L.Map>(null);
  const others = useRef<L.FeatureGroup>(null);
  const own = useRef<L.Circle | L.Polygon>(null);
  const mark = useRef<L.CircleMarker>(null);
  const latest = useRef({ shape, isDrawing, onShape, onTry });
  latest.current = { shape, isDrawing, onShape, onTry };
  const { data: session } = useQuery(sessionQuery);
  const tiles = session?.school.map_tiles;

  useEffect(() => {
    const made = makeMap(element.current!, tiles);
    map.current = made;
    others.current = L.featureGroup().addTo(made);
    made.on("click", ({ latlng }) => {
      const { shape, isDrawing, onShape, onTry } = latest.current;
      const [lat, lon] = [round(latlng.lat), round(latlng.wrap().lng)];
      if (!isDrawing) onTry({ lat, lon });
      else if (shape?.type === "circle") onShape({ ...shape, latitude: lat, longitude: lon });
    });
    made.on("pm:create", ({ layer }) => {
      layer.remove();
      latest.current.onShape({ type: "polygon", rings: ringsOf(layer as L.Polygon) });
    });
    return () => {
      made.remove();
      map.current = others.current = own.current = mark.current = null;
    };
  }, [tiles]);

  // The other sites, and the view of all of them.
  useEffect(() => {
    const group = others.current;
    if (!group) return;
    group.clearLayers();
    for (const site of sites) {
      const layer =
        site.geometry.type === "Point"
          ? L.circle(L.latLng(...([...(site.geometry.coordinates as unknown as [number, number])].reverse() as [number, number])), {
              radius: site.properties.radius_m ?? 20,
            })
          : L.polygon(ofGeoJson(site.geometry.coordinates as unknown as [number, number][][]));
      const name = document.createElement("span");
      name.textContent = site.properties.name;
      layer.bindTooltip(name, { permanent: sites.length <= 12, direction: "center" }).addTo(group);
    }
    if (sites.length > 0) map.current!.fitBounds(group.getBounds(), { maxZoom: 17, animate: false });
  }, [sites.map((s) => s.id).join(), tiles]);

  // What is drawn: the circle follows clicks and numbers, a polygon its corners.
  useEffect(() => {
    const on = map.current;
    if (!on) return;
    own.current?.remove();
    own.current = null;
    on.pm.disableDraw();
    if (!isDrawing || !shape) return;
    if (shape.type === "circle") {
      if (shape.latitude === null || shape.longitude === null) return;
      const circle = L.circle([shape.latitude, shape.longitude], { radius: shape.radius, color: "#e8590c" }).addTo(on);
      own.current = circle;
      if (!on.getBounds().contains(circle.getLatLng()) || on.getZoom() < 10)
        on.fitBounds(circle.getBounds(), { maxZoom: 17, animate: false });
      return;
    }
    if (shape.rings.length === 0) {
      on.pm.enableDraw("Polygon", { allowSelfIntersection: false, tooltips: false });
      return;
    }
    const polygon = L.polygon(ofGeoJson(shape.rings), { color: "#e8590c" }).addTo(on);
    own.current = polygon;
    polygon.pm.enable({ allowSelfIntersection: false });
    polygon.on("pm:edit", () => latest.current.onShape({ type: "polygon", rings: ringsOf(polygon) }));
    if (!on.getBounds().intersects(polygon.getBounds())) on.fitBounds(polygon.getBounds(), { animate: false });
  }, [isDrawing, shape, tiles]);

  useEffect(() => {
    mark.current?.remove();
    mark.current = tried && map.current ? L.circleMarker([tried.lat, tried.lon], { radius: 8, color: "#e8590c" }).addTo(map.current) : null;
  }, [tried, tiles]);

  return <div ref={element} className="map" role="application" aria-label={label} />;
}

/** As GeoJSON has them: closed, longitude first. */
function ringsOf(polygon: L.Polygon): [number, number][][] {
  const { geometry } = polygon.toGeoJSON(7);
  return (geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates[0]!) as [number, number][][];
}
