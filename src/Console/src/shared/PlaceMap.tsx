import "leaflet/dist/leaflet.css";
import "./map.css";
import { useQuery } from "@tanstack/react-query";
import L from "leaflet";
import { useEffect, useRef } from "react";
import { sessionQuery } from "../api/session";

type Place = { latitude: number; longitude: number };

/** A map on a plain ground, or on the tiles of the server that is set for the school. */
export function makeMap(element: HTMLElement, tiles: string | null | undefined): L.Map {
  const map = L.map(element, { attributionControl: false, zoomControl: true, worldCopyJump: true }).setView([0, 100], 2);
  if (tiles) L.tileLayer(tiles, { maxZoom: 19 }).addTo(map);
  return map;
}

/** Choose a place by a click, or by the device's own position. The map is a help: what it says can be typed, too. */
export default function PlaceMap({
  place,
  radius,
  onChoose,
  label,
}: {
  place: Place | null;
  radius: number;
  onChoose: (place: Place) => void;
  label: string;
}) {
  const element = useRef<HTMLDivElement>(null);
  const map = useRef<L.Map>(null);
  const circle = useRef<L.Circle>(null);
  const choose = useRef(onChoose);
  choose.current = onChoose;
  const { data: session } = useQuery(sessionQuery);
  const tiles = session?.school.map_tiles;

  useEffect(() => {
    const made = makeMap(element.current!, tiles);
    map.current = made;
    made.on("click", ({ latlng }) => choose.current({ latitude: round(latlng.lat), longitude: round(latlng.wrap().lng) }));
    return () => {
      made.remove();
      map.current = null;
      circle.current = null;
    };
  }, [tiles]);

  useEffect(() => {
    if (!map.current || !place) return;
    const at = L.latLng(place.latitude, place.longitude);
    circle.current ??= L.circle(at, { radius }).addTo(map.current);
    circle.current.setLatLng(at).setRadius(radius);
    if (!map.current.getBounds().contains(at) || map.current.getZoom() < 10)
      map.current.fitBounds(circle.current.getBounds(), { maxZoom: 17 });
  }, [place?.latitude, place?.longitude, radius, tiles]);

  return <div ref={element} className="map" role="application" aria-label={label} />;
}

const round = (degrees: number) => Math.round(degrees * 1e7) / 1e7;
