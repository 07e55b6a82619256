import { Alert, Button, Group, Loader, NumberInput, SegmentedControl, Stack, Table, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { may, useSession } from "../../api/session";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import type { Place, Shape } from "./SiteMap";

const SiteMap = lazy(() => import("./SiteMap"));

export type Site = Schemas["SiteFeature"];

/** What is being drawn; null while nothing is. */
type Draft = { id: string | null; name: string; shape: Shape | null };

const mostSites = 200;

/** Where students are to be: circles and polygons on the map, and how far any place is from them, as the server judges it. */
export default function SitesPage() {
  const { t, i18n } = useTranslation("sites");
  const session = useSession();
  const client = useQueryClient();
  const mayChange = may(session, "admin");
  const [draft, setDraft, forget] = useDraft<Draft | null>("sites/draft", null);
  const [tried, setTried] = useState<Place | null>(null);
  const [isSure, setSure] = useState(false);
  const sites = useQuery({
    queryKey: ["sites"],
    queryFn: async () => (await api.GET("/api/v1/sites", { params: { query: { limit: mostSites } } })).data!,
  });
  const distance = useMutation({
    mutationFn: async (place: Place) => (await api.POST("/api/v1/sites/distance", { body: place })).data!,
  });
  const done = () => {
    forget();
    setSure(false);
    distance.reset();
    setTried(null);
    return client.invalidateQueries({ queryKey: ["sites"] });
  };
  const save = useMutation({
    mutationFn: async ({ id, name, shape }: Draft) => {
      const body = featureOf(name, shape!);
      if (id) await api.PUT("/api/v1/sites/{id}", { params: { path: { id } }, body });
      else await api.POST("/api/v1/sites", { body });
    },
    onSuccess: done,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE("/api/v1/sites/{id}", { params: { path: { id } } }),
    onSuccess: done,
  });
  const metres = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  const say = (site: Site) =>
    site.geometry.type === "Point"
      ? t("circle", { radius: metres.format(site.properties.radius_m ?? 0) })
      : t("polygon", { corners: ((site.geometry.coordinates as unknown as number[][][])[0]?.length ?? 1) - 1 });
  const circle = draft?.shape?.type === "circle" ? draft.shape : null;
  const change = (shape: Shape) => setDraft((before) => ({ id: null, name: "", ...before, shape }));
  const tryPlace = (place: Place) => {
    setTried(place);
    distance.mutate(place);
  };

  return (
    <Page
      title={t("common:pages.sites")}
      actions={
        mayChange &&
        !draft && (
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setDraft({ id: null, name: "", shape: { type: "circle", latitude: null, longitude: null, radius: 50 } })}
          >
            {t("add")}
          </Button>
        )
      }
    >
      <ProblemAlert error={sites.error} retry={() => void sites.refetch()} />
      {draft && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(draft);
          }}
        >
          <Stack>
            <Group align="end">
              <TextInput
                label={t("name")}
                required
                maxLength={100}
                value={draft.name}
                onChange={(e) => {
                  const name = e.currentTarget.value;
                  setDraft((before) => before && { ...before, name });
                }}
              />
              <SegmentedControl
                aria-label={t("shape")}
                value={draft.shape?.type ?? "circle"}
                onChange={(type) =>
                  change(type === "circle" ? { type, latitude: null, longitude: null, radius: 50 } : { type: "polygon", rings: [] })
                }
                data={[
                  { value: "circle", label: t("shapes.circle") },
                  { value: "polygon", label: t("shapes.polygon") },
                ]}
              />
            </Group>
            {circle && (
              <Group align="end">
                <NumberInput
                  label={t("latitude")}
                  required
                  min={-90}
                  max={90}
                  decimalScale={7}
                  hideControls
                  value={circle.latitude ?? ""}
                  onChange={(v) => change({ ...circle, latitude: typeof v === "number" ? v : null })}
                />
                <NumberInput
                  label={t("longitude")}
                  required
                  min={-180}
                  max={180}
                  decimalScale={7}
                  hideControls
                  value={circle.longitude ?? ""}
                  onChange={(v) => change({ ...circle, longitude: typeof v === "number" ? v : null })}
                />
                <NumberInput
                  label={t("radius")}
                  required
                  min={1}
                  max={10000}
                  value={circle.radius}
                  onChange={(v) => change({ ...circle, radius: typeof v === "number" ? v : 1 })}
                />
              </Group>
            )}
            <Text size="sm">{t(draft.shape?.type === "polygon" ? "drawPolygon" : "drawCircle")}</Text>
            <ProblemAlert error={save.error ?? remove.error} />
            <Group>
              <Button type="submit" loading={save.isPending} disabled={!isWhole(draft.shape)}>
                {t("common:save")}
              </Button>
              <Button variant="default" onClick={() => void done()}>
                {t("common:cancel")}
              </Button>
              {draft.id && (
                <Button
                  color="red"
                  variant={isSure ? "filled" : "subtle"}
                  loading={remove.isPending}
                  onClick={() => (isSure ? remove.mutate(draft.id!) : setSure(true))}
                >
                  {t(isSure ? "removeSure" : "common:delete")}
                </Button>
              )}
            </Group>
          </Stack>
        </form>
      )}
      {!draft && <Text size="sm">{t("try")}</Text>}
      {sites.data && (
        <Suspense fallback={<Loader />}>
          <SiteMap
            sites={sites.data.features.filter((site) => site.id !== draft?.id)}
            shape={draft?.shape ?? null}
            isDrawing={draft !== null}
            tried={draft ? null : tried}
            label={t("map")}
            onShape={change}
            onTry={tryPlace}
          />
        </Suspense>
      )}
      {!draft && (
        <TryByHand
          onTry={tryPlace}
          isBusy={distance.isPending}
          labels={{ latitude: t("latitude"), longitude: t("longitude"), go: t("measure") }}
        />
      )}
      <ProblemAlert error={distance.error} />
      {!draft && distance.data && (
        <Alert
          role="status"
          variant="light"
          color={distance.data.verdict === "inside" ? "green" : "yellow"}
          title={distance.data.verdict === null ? t("noSite") : t(`verdicts.${distance.data.verdict}`, { site: distance.data.site })}
        >
          {distance.data.distance_m !== null &&
            t(distance.data.distance_m <= 0 ? "metresInside" : "metresOutside", {
              metres: metres.format(Math.abs(distance.data.distance_m)),
            })}
        </Alert>
      )}
      {sites.data?.features.length === 0 && <Empty>{t("none")}</Empty>}
      {sites.data && sites.data.features.length > 0 && (
        <Table aria-label={t("common:pages.sites")} highlightOnHover={mayChange}>
          <Table.Tbody>
            {sites.data.features.map((site) => (
              <Table.Tr key={site.id}>
                <Table.Td>
                  {mayChange ? (
                    <UnstyledButton
                      w="100%"
                      onClick={() => setDraft({ id: site.id, name: site.properties.name, shape: shapeOf(site) })}
                      aria-label={t("change", { name: site.properties.name })}
                    >
                      {site.properties.name}
                    </UnstyledButton>
                  ) : (
                    site.properties.name
                  )}
                </Table.Td>
                <Table.Td>{say(site)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Page>
  );
}

/** The same as a click on the map, for whoever uses none. */
function TryByHand({
  onTry,
  isBusy,
  labels,
}: {
  onTry: (place: Place) => void;
  isBusy: boolean;
  labels: { latitude: string; longitude: string; go: string };
}) {
  const [lat, setLat] = useState<number | string>("");
  const [lon, setLon] = useState<number | string>("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (typeof lat === "number" && typeof lon === "number") onTry({ lat, lon });
      }}
    >
      <Group align="end">
        <NumberInput label={labels.latitude} required min={-90} max={90} decimalScale={7} hideControls value={lat} onChange={setLat} />
        <NumberInput label={labels.longitude} required min={-180} max={180} decimalScale={7} hideControls value={lon} onChange={setLon} />
        <Button type="submit" variant="default" loading={isBusy}>
          {labels.go}
        </Button>
      </Group>
    </form>
  );
}

const isWhole = (shape: Shape | null) =>
  shape !== null && (shape.type === "circle" ? shape.latitude !== null && shape.longitude !== null : shape.rings.length > 0);

function shapeOf(site: Site): Shape {
  if (site.geometry.type === "Polygon") return { type: "polygon", rings: site.geometry.coordinates as unknown as [number, number][][] };
  const [longitude, latitude] = site.geometry.coordinates as unknown as [number, number];
  return { type: "circle", latitude, longitude, radius: site.properties.radius_m ?? 20 };
}

const featureOf = (name: string, shape: Shape): Schemas["NewSite"] => ({
  type: "Feature",
  geometry: (shape.type === "circle"
    ? { type: "Point", coordinates: [shape.longitude, shape.latitude] }
    : { type: "Polygon", coordinates: shape.rings }) as unknown as Schemas["NewSite"]["geometry"],
  properties: shape.type === "circle" ? { name, radius_m: shape.radius } : { name },
});
