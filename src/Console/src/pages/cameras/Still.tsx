import { Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { request } from "../../api/client";
import { ProblemAlert } from "../../shared/ProblemAlert";
import type { Camera } from "./CamerasPage";

/** What a camera shows at this moment, again every two seconds; it is kept nowhere, and who looks is written into the audit log. */
export default function Still({ camera }: { camera: Camera }) {
  const { t } = useTranslation("cameras");
  const [url, setUrl] = useState<string | null>(null);
  const still = useQuery({
    queryKey: ["camera-still", camera.id],
    queryFn: async ({ signal }) => await (await request(`/api/v1/cameras/${camera.id}/still`, { signal })).blob(),
    refetchInterval: 2_000,
    retry: false,
    gcTime: 0,
  });
  useEffect(() => {
    if (!still.data) return;
    const made = URL.createObjectURL(still.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [still.data]);
  return (
    <Stack>
      <ProblemAlert error={still.error} retry={() => void still.refetch()} />
      {url ? <img src={url} alt={t("stillOf", { name: camera.name })} style={{ width: "100%" }} /> : still.isLoading && <Loader />}
      <Text size="sm" c="dimmed">
        {t("stillNoted")}
      </Text>
    </Stack>
  );
}
